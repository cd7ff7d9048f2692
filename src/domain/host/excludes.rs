//! What of a host is left out: patterns as rsync has them.
//!
//! A pattern without a slash is compared with names; one with a slash with the end of a path, at the start of a name; one
//! that begins with a slash with the whole path below the host's folder. `*` and `?` do not cross a slash, `**` does.
//! A slash at the end takes folders alone. What is below a folder that is left out is left out with it.
use serde::{Deserialize, Serialize};

/// Bytes of the longest pattern.
const MOST: usize = 1024;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
    place: Place,
    folders_alone: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Byte(u8),
    /// `?`
    One,
    /// `*`
    Star,
    /// `**`
    Stars,
    /// `[a-z]`: ranges, and whether the byte must be outside of them.
    Class(Vec<(u8, u8)>, Side),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Within,
    Outside,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Name,
    End,
    Top,
}

/// What kind of thing a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Folder,
    Other,
}

impl TryFrom<String> for Pattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let bare = text.trim_end_matches('/');
        if bare.is_empty() || text.len() > MOST || text.contains('\0') {
            return Err(format!("{text:?} is no pattern: write a name like *.tmp, or a path like /var/cache/"));
        }
        if bare.split('/').any(|part| part == "." || part == "..") {
            return Err(format!("{text:?} has a part . or .., which no path below the host's folder has"));
        }
        let place = match bare.strip_prefix('/') {
            Some(_) => Place::Top,
            None if bare.contains('/') => Place::End,
            None => Place::Name,
        };
        let parts = parts(bare.trim_start_matches('/').as_bytes());
        Ok(Pattern { parts, place, folders_alone: text.ends_with('/'), text })
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.text
    }
}

fn parts(mut text: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    while let Some((first, rest)) = text.split_first() {
        text = rest;
        parts.push(match first {
            b'*' if rest.first() == Some(&b'*') => {
                text = &rest[rest.iter().take_while(|byte| **byte == b'*').count()..];
                Part::Stars
            }
            b'*' => Part::Star,
            b'?' => Part::One,
            b'[' => match class(rest) {
                Some((part, after)) => {
                    text = after;
                    part
                }
                None => Part::Byte(b'['),
            },
            b'\\' if !rest.is_empty() => {
                text = &rest[1..];
                Part::Byte(rest[0])
            }
            other => Part::Byte(*other),
        });
    }
    parts
}

/// `a-z]rest` behind the bracket. `None` where no bracket closes it.
fn class(text: &[u8]) -> Option<(Part, &[u8])> {
    let (side, text) = match text.first()? {
        b'!' | b'^' => (Side::Outside, &text[1..]),
        _ => (Side::Within, text),
    };
    // A bracket in the first place is one of the bytes.
    let end = text.iter().skip(1).position(|byte| *byte == b']')? + 1;
    let (mut ranges, mut inner) = (Vec::new(), &text[..end]);
    while let Some((low, rest)) = inner.split_first() {
        match rest {
            [b'-', high, after @ ..] => {
                ranges.push((*low, *high));
                inner = after;
            }
            _ => {
                ranges.push((*low, *low));
                inner = rest;
            }
        }
    }
    Some((Part::Class(ranges, side), &text[end + 1..]))
}

impl Pattern {
    /// As its owner wrote it, which rsync understands too.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn fits(&self, path: &[u8], what: What) -> bool {
        if self.folders_alone && what != What::Folder {
            return false;
        }
        match self.place {
            Place::Top => fits(&self.parts, path),
            Place::Name => fits(&self.parts, path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)),
            Place::End => {
                let starts = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at + 1);
                std::iter::once(0).chain(starts).any(|start| fits(&self.parts, &path[start..]))
            }
        }
    }
}

/// The part behind a star, and the place in the text at which it is tried.
type Retry = (usize, usize);

/// Goes through both from the left. After a star it tries again one byte later, the last star first; a single star gives
/// up at a slash.
fn fits(parts: &[Part], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let (mut star, mut stars): (Option<Retry>, Option<Retry>) = (None, None);
    loop {
        let step = match (parts.get(p), text.get(t)) {
            (None, None) => return true,
            (Some(Part::Star), _) => {
                star = Some((p + 1, t));
                p += 1;
                continue;
            }
            (Some(Part::Stars), _) => {
                (stars, star) = (Some((p + 1, t)), None);
                p += 1;
                continue;
            }
            (Some(Part::Byte(wanted)), Some(found)) => wanted == found,
            (Some(Part::One), Some(found)) => *found != b'/',
            (Some(Part::Class(ranges, side)), Some(found)) => {
                let within = ranges.iter().any(|(low, high)| (low..=high).contains(&found));
                *found != b'/' && within == (*side == Side::Within)
            }
            _ => false,
        };
        if step {
            (p, t) = (p + 1, t + 1);
        } else if let Some((after, at)) = star.filter(|(_, at)| text.get(*at).is_some_and(|byte| *byte != b'/')) {
            star = Some((after, at + 1));
            (p, t) = (after, at + 1);
        } else if let Some((after, at)) = stars.filter(|(_, at)| *at < text.len()) {
            (stars, star) = (Some((after, at + 1)), None);
            (p, t) = (after, at + 1);
        } else {
            return false;
        }
    }
}

/// All of a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excludes(Vec<Pattern>);

impl Excludes {
    pub fn new(patterns: Vec<Pattern>) -> Excludes {
        Excludes(patterns)
    }

    /// Whether `path` below the host's folder is left out.
    pub fn leave_out(&self, path: &[u8], what: What) -> bool {
        self.0.iter().any(|pattern| pattern.fits(path, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        let (path, what) = path.strip_suffix('/').map_or((path, What::Other), |folder| (folder, What::Folder));
        Excludes::new(vec![Pattern::try_from(pattern.to_owned()).unwrap()]).leave_out(path.as_bytes(), what)
    }

    #[test]
    fn a_pattern_fits_names_ends_or_the_whole_path_as_its_slashes_say() {
        for (pattern, path, wanted) in [
            ("*.tmp", "a/b.tmp", true),
            ("*.tmp", "a.tmp/b", false),
            ("cache", "a/cache", true),
            ("cache/", "a/cache", false),
            ("cache/", "a/cache/", true),
            ("/cache", "cache", true),
            ("/cache", "a/cache", false),
            ("/var/*", "var/log", true),
            ("/var/*", "var/log/a", false),
            ("/var/**", "var/log/a", true),
            ("b/c", "a/b/c", true),
            ("b/c", "a/xb/c", false),
            ("b/*.c", "a/b/x.c", true),
            ("**/x", "a/b/x", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("*.py[co]", "x.pyc", true),
            ("*.py[!co]", "x.pyc", false),
            ("[", "[", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("/a**z/*k", "a/b/z/c/z/kk", true),
        ] {
            assert_eq!(fits(pattern, path), wanted, "{pattern} {path}");
        }
    }

    #[test]
    fn what_can_fit_nothing_is_refused() {
        for bad in ["", "/", "//", "a/../b", "./a", "a\0"] {
            assert!(Pattern::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_is_judged_at_once() {
        let pattern = Pattern::try_from("*a".repeat(200)).unwrap();
        assert!(!Excludes::new(vec![pattern]).leave_out(&[b'a'; 199], What::Other));
    }
}
