//! The headers of tus 1.0, resumable uploads over HTTP: <https://tus.io/protocols/resumable-upload>. Of its
//! extensions creation, termination and expiration.
use std::time::{Duration, UNIX_EPOCH};

use actix_web::http::StatusCode;
use actix_web::http::header::HttpDate;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use crate::base::base64;
use crate::domain::failure::Code;
use crate::panel::parts::http_error::HttpError;

pub const VERSION: (&str, &str) = ("Tus-Resumable", "1.0.0");
pub const OFFSET: &str = "Upload-Offset";
pub const LENGTH: &str = "Upload-Length";
/// Ours: the job that checks what comes.
pub const JOB: &str = "Upload-Job";
const EXPIRES: &str = "Upload-Expires";
const METADATA: &str = "Upload-Metadata";
const PIECE: &str = "application/offset+octet-stream";
/// A name is a name, not a book.
const NAME_BYTES: usize = 1024;

/// An answer that says which version it speaks.
pub fn answer(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.insert_header(VERSION);
    answer
}

/// What we can do.
pub fn abilities() -> HttpResponse {
    answer(StatusCode::NO_CONTENT)
        .insert_header(("Tus-Version", VERSION.1))
        .insert_header(("Tus-Extension", "creation,termination,expiration"))
        .finish()
}

/// Refuses other versions; small programs may leave the header out.
pub fn speaks_it(request: &HttpRequest) -> Result<(), HttpError> {
    match header(request, VERSION.0) {
        Some(other) if other != VERSION.1 => Err(HttpError::new(
            StatusCode::PRECONDITION_FAILED,
            Code::Usage,
            "This version of the upload protocol is not spoken here",
            "Use tus 1.0.0.",
        )),
        _ => Ok(()),
    }
}

/// Whether the body is a piece of a file.
pub fn brings_a_piece(request: &HttpRequest) -> Result<(), HttpError> {
    if header(request, "Content-Type").is_some_and(|kind| kind.eq_ignore_ascii_case(PIECE)) {
        return Ok(());
    }
    let advice = "Send it as application/offset+octet-stream.";
    Err(HttpError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Usage, "This is no piece of a file", advice))
}

/// The number in a header that must be there.
pub fn number(request: &HttpRequest, name: &str) -> Result<u64, HttpError> {
    let plain = header(request, name).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    plain.and_then(|text| text.parse().ok()).ok_or_else(|| {
        HttpError::usage(format!("{name} is missing or no number of bytes"), "Send it as the guide shows it.")
    })
}

/// The name of the file: `filename` and its base64, among other pairs.
pub fn file_name(request: &HttpRequest) -> Option<String> {
    let pairs = header(request, METADATA)?.split(',');
    let coded = pairs.filter_map(|pair| pair.trim().split_once(' ')).find(|(key, _)| *key == "filename")?.1;
    let name = String::from_utf8(base64::decode(coded.trim())?).ok()?;
    (!name.is_empty() && name.len() <= NAME_BYTES).then_some(name)
}

/// Until when a part is kept; `at` in Unix seconds.
pub fn expires(at: i64) -> (&'static str, String) {
    let at = UNIX_EPOCH + Duration::from_secs(at.unsigned_abs());
    (EXPIRES, HttpDate::from(at).to_string())
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_name_comes_in_base64_among_other_pairs() {
        for (said, name) in [
            ("filename eC50YXIuZ3o=", Some("x.tar.gz")),
            ("size 1,filename eC50YXIuZ3o=, kind dGFy", Some("x.tar.gz")),
            ("filename", None),
            ("filename !", None),
            ("name eC50YXIuZ3o=", None),
        ] {
            let request = TestRequest::default().insert_header((METADATA, said)).to_http_request();
            assert_eq!(file_name(&request).as_deref(), name, "{said}");
        }
    }

    #[test]
    fn a_number_of_bytes_is_digits_alone() {
        for (said, bytes) in
            [("0", Some(0)), ("10737418240", Some(10_737_418_240)), ("-1", None), ("+1", None), ("", None)]
        {
            let request = TestRequest::default().insert_header((LENGTH, said)).to_http_request();
            assert_eq!(number(&request, LENGTH).ok(), bytes, "{said}");
        }
    }
}
