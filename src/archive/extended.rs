//! PAX records: what may stand before a member, and what they may change.
//!
//! A block is cut into records by their length prefixes alone, never by line ends, because a value
//! may hold a line end and whatever comes after it would be read as a record of its own (tar-rs
//! #428). A key that no rule names is refused: another program may know it.
use super::refusal::Refusal;
use crate::base::rel_path::printable;

/// What an extended header says of the next member.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Records {
    pub path: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub mtime: Option<i64>,
    pub link_target: bool,
    /// The member is sparse in one of the PAX ways.
    pub sparse: bool,
    /// Extended attributes or access lists, which are not kept.
    pub attributes: bool,
}

/// Which members a block speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Next,
    /// All that follow: only comments, as `git archive` writes them.
    All,
}

/// `member` is for messages: where in the archive this stands.
pub fn parse(mut block: &[u8], scope: Scope, member: &str) -> Result<Records, Refusal> {
    let bad = |what| Refusal::Extended { member: member.to_owned(), what };
    let mut records = Records::default();
    while !block.is_empty() {
        let (key, value);
        (key, value, block) =
            record(block).ok_or_else(|| bad("its records do not have the lengths that they claim"))?;
        let first = |is_first: bool| if is_first { Ok(()) } else { Err(bad("a key is there twice")) };
        if scope == Scope::All && key != b"comment" {
            return Err(bad("it speaks for all members at once"));
        }
        match key {
            b"path" => {
                first(records.path.is_none())?;
                if value.is_empty() {
                    return Err(bad("an empty name"));
                }
                records.path = Some(value.to_vec());
            }
            b"size" => {
                first(records.size.is_none())?;
                records.size = Some(decimal(value).ok_or_else(|| bad("a size that is no number"))?);
            }
            b"mtime" => {
                first(records.mtime.is_none())?;
                records.mtime = Some(seconds(value).ok_or_else(|| bad("a time that is no number"))?);
            }
            b"atime" | b"ctime" | b"LIBARCHIVE.creationtime" => {
                seconds(value).ok_or_else(|| bad("a time that is no number"))?;
            }
            b"uid" | b"gid" => {
                decimal(value).ok_or_else(|| bad("an owner that is no number"))?;
            }
            b"hdrcharset" => {
                if value != b"BINARY" && value != b"ISO-IR 10646 2000 UTF-8" {
                    return Err(bad("an unknown character set"));
                }
            }
            // What bsdtar tells of the disk it came from; nobody acts on it.
            b"uname" | b"gname" | b"comment" | b"SCHILY.dev" | b"SCHILY.ino" | b"SCHILY.nlink" | b"SCHILY.fflags" => {}
            b"linkpath" => records.link_target = true,
            _ if is_sparse(key) => records.sparse = true,
            _ if is_attribute(key) => records.attributes = true,
            _ => return Err(Refusal::ExtendedKey { member: member.to_owned(), key: printable(key) }),
        }
    }
    Ok(records)
}

fn is_sparse(key: &[u8]) -> bool {
    key.starts_with(b"GNU.sparse.") || key == b"SCHILY.realsize" || key == b"SUN.holesdata"
}

fn is_attribute(key: &[u8]) -> bool {
    [&b"SCHILY.xattr."[..], b"SCHILY.acl.", b"LIBARCHIVE.xattr.", b"RHT.security."].iter().any(|p| key.starts_with(p))
}

/// Cuts `LENGTH KEY=VALUE\n` off: key, value, rest.
fn record(block: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = block.iter().take(8).position(|b| *b == b' ')?;
    if block[0] == b'0' {
        return None;
    }
    let length = usize::try_from(decimal(&block[..space])?).ok()?;
    if length > block.len() || length <= space + 1 {
        return None;
    }
    let (record, rest) = block.split_at(length);
    let body = record[space + 1..].strip_suffix(b"\n")?;
    let equals = body.iter().position(|b| *b == b'=')?;
    let (key, value) = (&body[..equals], &body[equals + 1..]);
    (!key.is_empty() && !key.contains(&0) && !key.contains(&b'\n')).then_some((key, value, rest))
}

fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Whole seconds of `-12.75`, rounded down.
fn seconds(text: &[u8]) -> Option<i64> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = text.splitn(2, |b| *b == b'.');
    let whole = i64::try_from(decimal(parts.next()?)?).ok()?;
    let fraction = parts.next().unwrap_or(b"0");
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let rest = fraction.iter().any(|b| *b != b'0');
    Some(if negative { -whole - i64::from(rest) } else { whole })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(block: &[u8]) -> Result<Records, &'static str> {
        parse(block, Scope::Next, "a").map_err(|refusal| refusal.rule())
    }

    #[test]
    fn a_line_end_in_a_value_hides_no_record() {
        let records = rule(b"30 comment=x\n21 linkpath=/etc\n").unwrap();
        assert_eq!(records, Records::default());
    }

    #[test]
    fn lengths_must_fit_to_the_byte() {
        for block in [
            &b"11 path=abc\n"[..],
            b"10 path=abc\n",
            b"011 path=a\n",
            b"11path=abc\n",
            b"11 path=abcX",
            b" 1 path=abc\n",
            b"-1 path=abc\n",
            b"11 pathabcd\n",
            b"99999999999 path=a\n",
            b"11 =athabcd\n",
            b"\0\0\0\0",
        ] {
            assert_eq!(rule(block), Err("extended-header"), "{}", printable(block));
        }
        assert_eq!(rule(b"11 path=ab\n").unwrap().path.unwrap(), b"ab");
    }

    #[test]
    fn unknown_keys_are_refused_and_links_holes_and_attributes_are_seen() {
        assert_eq!(rule(b"9 a.b=cd\n"), Err("extended-key"));
        assert!(rule(b"14 linkpath=a\n").unwrap().link_target);
        assert!(rule(b"22 GNU.sparse.major=1\n").unwrap().sparse);
        assert!(rule(b"23 SCHILY.xattr.user.a=\n").is_err());
        assert!(rule(b"24 SCHILY.xattr.user.a=\n").unwrap().attributes);
        assert_eq!(rule(b"10 size=1\n10 size=2\n"), Err("extended-header"));
    }

    #[test]
    fn only_comments_may_speak_for_all_members() {
        assert!(parse(b"13 comment=x\n", Scope::All, "a").is_ok());
        assert!(parse(b"10 size=1\n", Scope::All, "a").is_err());
    }

    #[test]
    fn fractions_of_a_second_round_down() {
        assert_eq!(seconds(b"12.75"), Some(12));
        assert_eq!(seconds(b"-12.75"), Some(-13));
        assert_eq!(seconds(b"-12.0"), Some(-12));
        assert_eq!(seconds(b"1e308"), None);
        assert_eq!(seconds(b""), None);
    }
}
