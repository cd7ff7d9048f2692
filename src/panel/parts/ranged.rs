//! A file as an answer. A browser, or `curl -C -`, goes on where it stopped: ranges are answered only when the file is
//! still the same one.
//!
//! Invariant: bytes go out as they lie on the disk, never compressed again, memory stays flat, and a logout
//! ends it.
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, EntityTag, IfMatch, IfNoneMatch, IfRange};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use futures_util::stream::{self, Stream};

use crate::panel::access::login::Visitor;
use crate::panel::access::welcome;

/// Read at once. A reader that waits holds no more than this, and no thread.
const PIECE: u64 = 64 << 10;

/// A file that is given out.
pub struct Content {
    pub file: File,
    pub bytes: u64,
    /// Another file has another tag.
    pub tag: String,
    pub kind: &'static str,
    /// The header that says what it is called.
    pub disposition: String,
}

/// The answer to `GET` and `HEAD`; an error when the file cannot be read from where it is wanted.
pub fn answer(request: &HttpRequest, visitor: Visitor, content: Content) -> io::Result<HttpResponse> {
    let Content { mut file, bytes, tag, kind, disposition } = content;
    let tag = EntityTag::new_strong(tag);
    let (status, part) = wanted(request, &tag, bytes);
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::ETAG, tag.to_string())).insert_header((header::ACCEPT_RANGES, "bytes"));
    let Some(ByteRange { first, bytes: length }) = part else {
        if status == StatusCode::RANGE_NOT_SATISFIABLE {
            answer.insert_header((header::CONTENT_RANGE, format!("bytes */{bytes}")));
        }
        return Ok(answer.finish());
    };
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{}/{bytes}", first + length - 1);
        answer.insert_header((header::CONTENT_RANGE, range));
        file.seek(SeekFrom::Start(first))?;
    }
    answer.insert_header((header::CONTENT_DISPOSITION, disposition));
    answer.insert_header((header::CONTENT_TYPE, kind));
    let answer = answer.body(SizedStream::new(length, pieces(file, length)));
    Ok(welcome::while_welcome(visitor, answer))
}

/// A stretch of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ByteRange {
    first: u64,
    bytes: u64,
}

/// What is to be sent of a file of `bytes`, by the conditions of the request.
fn wanted(request: &HttpRequest, tag: &EntityTag, bytes: u64) -> (StatusCode, Option<ByteRange>) {
    if let Some(IfMatch::Items(tags)) = request.get_header()
        && !tags.iter().any(|known| known.strong_eq(tag))
    {
        return (StatusCode::PRECONDITION_FAILED, None);
    }
    let is_known = match request.get_header() {
        Some(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Some(IfNoneMatch::Any) => true,
        None => false,
    };
    if is_known {
        return (StatusCode::NOT_MODIFIED, None);
    }
    let is_same = !request.headers().contains_key(header::IF_RANGE)
        || matches!(request.get_header(), Some(IfRange::EntityTag(known)) if known.strong_eq(tag));
    let range = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok());
    match range.filter(|_| is_same && request.method() == actix_web::http::Method::GET).map(|text| part(text, bytes)) {
        Some(Ranged::ByteRange(part)) => (StatusCode::PARTIAL_CONTENT, Some(part)),
        Some(Ranged::Beyond) => (StatusCode::RANGE_NOT_SATISFIABLE, None),
        Some(Ranged::Odd) | None => (StatusCode::OK, Some(ByteRange { first: 0, bytes })),
    }
}

/// What the text of a `Range` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ranged {
    ByteRange(ByteRange),
    /// Behind the end.
    Beyond,
    /// Several stretches, or nothing that is understood: the whole file is the answer.
    Odd,
}

/// `bytes=FIRST-`, `bytes=FIRST-LAST` or `bytes=-LENGTH`.
fn part(text: &str, bytes: u64) -> Ranged {
    let ends = text.strip_prefix("bytes=").and_then(|ends| ends.trim().split_once('-'));
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let (first, last) = match ends {
        Some(("", length)) => match number(length) {
            Some(length) => (bytes.saturating_sub(length), if length == 0 { 0 } else { bytes }),
            None => return Ranged::Odd,
        },
        Some((first, "")) => match number(first) {
            Some(first) => (first, bytes),
            None => return Ranged::Odd,
        },
        Some((first, last)) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1).min(bytes)),
            _ => return Ranged::Odd,
        },
        None => return Ranged::Odd,
    };
    if first < last { Ranged::ByteRange(ByteRange { first, bytes: last - first }) } else { Ranged::Beyond }
}

/// `bytes` from where the file stands. One that became shorter ends in an error, never in an answer that looks whole.
fn pieces(file: File, bytes: u64) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some((file, bytes)), |state| async move {
        let (mut file, left) = state.filter(|(_, left)| *left > 0)?;
        let read = web::block(move || {
            let mut piece = Vec::new();
            (&mut file).take(left.min(PIECE)).read_to_end(&mut piece)?;
            if piece.is_empty() { Err(ErrorKind::UnexpectedEof.into()) } else { Ok((file, piece)) }
        });
        match read.await.map_err(io::Error::other).and_then(|read| read) {
            Ok((file, piece)) => {
                let left = left - piece.len() as u64;
                Some((Ok(Bytes::from(piece)), Some((file, left))))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stretch_is_answered_and_what_is_not_understood_is_the_whole_file() {
        let of = |first, bytes| Ranged::ByteRange(ByteRange { first, bytes });
        for (text, wanted) in [
            ("bytes=0-", of(0, 10)),
            ("bytes=4-", of(4, 6)),
            ("bytes=4-5", of(4, 2)),
            ("bytes=4-99", of(4, 6)),
            ("bytes=9-9", of(9, 1)),
            ("bytes=-3", of(7, 3)),
            ("bytes=-99", of(0, 10)),
            ("bytes=10-", Ranged::Beyond),
            ("bytes=-0", Ranged::Beyond),
            ("bytes=5-4", Ranged::Odd),
            ("bytes=0-1,4-5", Ranged::Odd),
            ("bytes=+1-", Ranged::Odd),
            ("bytes=-", Ranged::Odd),
            ("lines=1-2", Ranged::Odd),
            ("bytes=99999999999999999999-", Ranged::Odd),
        ] {
            assert_eq!(part(text, 10), wanted, "{text}");
        }
        assert_eq!(part("bytes=0-", 0), Ranged::Beyond);
    }
}
