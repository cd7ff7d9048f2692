//! One 512-byte tar header, decoded so strictly that no other program can read it differently.
//!
//! Formats: ustar (also under PAX), GNU and the old one of Unix version 7. Fields where programs
//! disagree, such as a name prefix in a GNU header, are refused.
use super::refusal::{NameFault, Refusal};
use crate::base::rel_path::printable;

pub const BLOCK: usize = 512;

/// What follows a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    /// PAX records for the next member.
    Extended,
    /// PAX records for all members.
    Global,
    /// GNU: the name of the next member.
    LongName,
    /// GNU: the link target of the next member.
    LongLink,
    /// A link or pipe, which is left out; says what it is.
    Left(&'static str),
}

/// A header as it stands there; extended headers may still change name, size and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub kind: Kind,
    /// The name as the archive has it; folders may end with a slash.
    pub name: Vec<u8>,
    pub size: u64,
    /// True when the size was written as eleven octal digits, which end at 8 GiB.
    pub size_is_octal: bool,
    pub mode: u32,
    pub mtime: i64,
}

/// Is the sum of the bytes what the header says?
pub fn checksum_is_right(block: &[u8; BLOCK]) -> bool {
    let own: u64 = block[148..156].iter().map(|b| u64::from(*b)).sum();
    let all: u64 = block.iter().map(|b| u64::from(*b)).sum();
    number(&block[148..156]) == Some((all - own + 8 * u64::from(b' ')) as i64)
}

/// Decodes a header whose checksum is right. `announced` is the name that an extended header gave.
pub fn decode(block: &[u8; BLOCK], announced: Option<&[u8]>) -> Result<Header, Refusal> {
    let mut name = until_nul(&block[..100]).to_vec();
    let empty = |range: std::ops::Range<usize>| block[range].iter().all(|b| *b == 0);
    let ustar = &block[257..265] == b"ustar\x0000";
    let gnu = &block[257..265] == b"ustar  \0";
    let old = empty(257..BLOCK);
    if ustar {
        let prefix = until_nul(&block[345..500]);
        if !prefix.is_empty() {
            name = [prefix, b"/", &name].concat();
        }
    }
    let member = printable(announced.unwrap_or(&name));
    let kind = match block[156] {
        0 if old && name.ends_with(b"/") => Kind::Folder,
        flag => kind(flag, &member)?,
    };
    // Some programs read these bytes as a prefix of the name or as a map of holes, others do not.
    let clean = (ustar && empty(500..BLOCK)) || (gnu && empty(345..BLOCK)) || old;
    if !clean {
        return Err(Refusal::Magic { member });
    }
    let field = |field| Refusal::Field { member: member.clone(), field };
    let size = number(&block[124..136]).and_then(|n| u64::try_from(n).ok()).ok_or_else(|| field("its size"))?;
    let mode = number(&block[100..108]).and_then(|n| u32::try_from(n).ok()).ok_or_else(|| field("its mode"))?;
    let mtime = number(&block[136..148]).ok_or_else(|| field("its time"))?;
    for (owner, what) in [(108..116, "its owner"), (116..124, "its group")] {
        let blank = block[owner.clone()].iter().all(|b| matches!(b, 0 | b' '));
        if !blank && number(&block[owner]).is_none_or(|n| n < 0) {
            return Err(field(what));
        }
    }
    if matches!(kind, Kind::File | Kind::Left(_)) && name.ends_with(b"/") {
        return Err(Refusal::Name { member, fault: NameFault::Slash });
    }
    if kind == Kind::Folder && size != 0 {
        return Err(Refusal::FolderContent { member });
    }
    if let Kind::Left(what) = kind
        && size != 0
    {
        return Err(Refusal::LinkContent { member, what });
    }
    Ok(Header { kind, name, size, size_is_octal: block[124] & 0x80 == 0, mode: mode & 0o7777, mtime })
}

fn kind(flag: u8, member: &str) -> Result<Kind, Refusal> {
    let member = member.to_owned();
    Ok(match flag {
        b'0' | 0 => Kind::File,
        b'5' => Kind::Folder,
        b'x' => Kind::Extended,
        b'g' => Kind::Global,
        b'L' => Kind::LongName,
        b'K' => Kind::LongLink,
        b'1' => Kind::Left("hard link"),
        b'2' => Kind::Left("symbolic link"),
        b'6' => Kind::Left("named pipe"),
        b'3' | b'4' => return Err(Refusal::Device { member }),
        b'7' => return Err(Refusal::Contiguous { member }),
        b'S' => return Err(Refusal::Sparse { member }),
        b'V' | b'M' | b'D' | b'N' => return Err(Refusal::Volume { member }),
        other => return Err(Refusal::Type { member, kind: char::from(other) }),
    })
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|b| *b == 0).next().unwrap_or(field)
}

/// Octal digits, perhaps after spaces, ended by a space or NUL or the end of the field; or GNU's
/// base 256. Anything else, and an empty field, is no number.
fn number(field: &[u8]) -> Option<i64> {
    match field.first()? {
        // Fields are at most twelve bytes, which an i128 holds.
        0x80 => base_256(field, 0),
        0xff => base_256(field, -1),
        _ => octal(field),
    }
}

fn base_256(field: &[u8], sign: i128) -> Option<i64> {
    i64::try_from(field[1..].iter().fold(sign, |number, b| (number << 8) | i128::from(*b))).ok()
}

fn octal(field: &[u8]) -> Option<i64> {
    let start = field.iter().position(|b| *b != b' ')?;
    let digits = field[start..].iter().take_while(|b| matches!(b, b'0'..=b'7')).count();
    let (digits, rest) = field[start..].split_at(digits);
    if digits.is_empty() || !rest.iter().all(|b| matches!(b, 0 | b' ')) {
        return None;
    }
    i64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256_and_nothing_else() {
        for (field, value) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"00000000017 ", Some(15)),
            (b"777777777777", Some(0o777777777777)),
            (b"\x80\0\0\0\0\0\0\0\0\0\x02\0", Some(512)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", Some(-1)),
            (b"\x80\0\0\0\x80\0\0\0\0\0\0\0", None),
            (b"\x80\0\0\0\x7f\x12\x34\x56", Some(0x7f12_3456)),
            (b"\x80\0\0\0\xff\xff\xff\xff", Some(i64::from(u32::MAX))),
            (b"\xff\xff\xff\xff\xff\xff\xff\xfe", Some(-2)),
            (b"\x80\x01\0\0\0\0\0\0\0\0\0\0", None),
            (b"\0\0\0\0\0\0\0\0", None),
            (b"        ", None),
            (b"0000648\0", None),
            (b"644\x00644\0", None),
            (b"-0000644", None),
            (b"0x00644\0", None),
        ] {
            assert_eq!(number(field), value, "{field:?}");
        }
    }
}
