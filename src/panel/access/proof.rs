//! What came along to prove that a change is meant: headers of a script, or fields of a plain form.
//!
//! Invariant: nothing of a file is read before its form was let in. The token is the first field of such a
//! form; what had to be read to find it is put back, so that the next reader of the body gets all of it.
use actix_web::body::{BodyStream, to_bytes_limited};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::HeaderName;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpMessage as _, HttpRequest};
use futures_util::StreamExt;
use futures_util::stream;

/// Header and form field that carry the token.
const TOKEN_HEADER: &str = "x-csrf-token";
const TOKEN_FIELD: &str = "csrf";
/// Header and form field for what a visitor had to type.
const TYPED_HEADER: &str = "x-typed";
const TYPED_FIELD: &str = "typed";
/// A form of ours with every folder ticked is far below this.
const FORM_BYTES: usize = 1 << 20;
/// The first field of a form with a file is over by then.
const FIRST_FIELD_BYTES: usize = 4 << 10;

#[derive(Default)]
pub struct Proof {
    pub token: Option<Vec<u8>>,
    /// What a visitor of a panel without login typed.
    pub typed: Option<Vec<u8>>,
}

impl Proof {
    /// From headers, and from fields of a form for pages without scripts. `word` is what has to be typed.
    pub async fn read(request: &mut ServiceRequest, word: Option<&str>) -> Proof {
        let of = |name| text(request.request(), HeaderName::from_static(name)).map(|text| text.as_bytes().to_vec());
        let mut proof = Proof { token: of(TOKEN_HEADER), typed: of(TYPED_HEADER) };
        if proof.token.is_some() && (word.is_none() || proof.typed.is_some()) {
            return proof;
        }
        let Ok(Some(kind)) = request.mime_type() else { return proof };
        match (kind.essence_str(), kind.get_param("boundary")) {
            ("application/x-www-form-urlencoded", _) => proof.complete_from_fields(request).await,
            // Files are no orders that a word is typed for.
            ("multipart/form-data", Some(boundary)) if proof.token.is_none() => {
                proof.token = first_field(request, boundary.as_str()).await;
            }
            _ => {}
        }
        proof
    }

    /// A form is read as a whole, and put back.
    async fn complete_from_fields(&mut self, request: &mut ServiceRequest) {
        let payload = request.take_payload();
        let Ok(Ok(body)) = to_bytes_limited(BodyStream::new(payload), FORM_BYTES).await else {
            *self = Proof::default();
            return;
        };
        let field = |name: &str| {
            let pairs = body.split(|byte| *byte == b'&');
            pairs.filter_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")).next().map(<[u8]>::to_vec)
        };
        self.token = self.token.take().or_else(|| field(TOKEN_FIELD));
        self.typed = self.typed.take().or_else(|| field(TYPED_FIELD));
        request.set_payload(Payload::from(body));
    }
}

/// The token, when it is the first field of a form with files.
async fn first_field(request: &mut ServiceRequest, boundary: &str) -> Option<Vec<u8>> {
    let mut payload = request.take_payload();
    let mut head = BytesMut::new();
    let found = loop {
        match token_of(&head, boundary) {
            Field::Unfinished if head.len() < FIRST_FIELD_BYTES => {}
            Field::Token(token) => break Some(token),
            _ => break None,
        }
        // A body that breaks here is refused; nobody reads the rest of it.
        let Some(Ok(piece)) = payload.next().await else { break None };
        head.extend_from_slice(&piece);
    };
    let whole = stream::once(async { Ok::<Bytes, _>(head.freeze()) }).chain(payload);
    request.set_payload(Payload::Stream { payload: Box::pin(whole) });
    found
}

#[derive(Debug, PartialEq, Eq)]
enum Field {
    Token(Vec<u8>),
    /// The first field is another one, or this is no such form.
    Other,
    Unfinished,
}

/// What the first field of a form is, by its first bytes.
fn token_of(head: &[u8], boundary: &str) -> Field {
    let opening = format!("--{boundary}\r\n");
    let common = head.len().min(opening.len());
    if head[..common] != opening.as_bytes()[..common] {
        return Field::Other;
    }
    let rest = &head[common..];
    let Some(end) = find(rest, b"\r\n\r\n") else { return Field::Unfinished };
    let (headers, rest) = (String::from_utf8_lossy(&rest[..end]), &rest[end + 4..]);
    let is_token = headers.lines().any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-disposition:")
            && line.contains(&format!("; name=\"{TOKEN_FIELD}\""))
            && !line.contains("filename")
    });
    match find(rest, format!("\r\n--{boundary}").as_bytes()) {
        _ if !is_token => Field::Other,
        None => Field::Unfinished,
        Some(end) => Field::Token(rest[..end].to_vec()),
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// A header that is text.
pub fn text(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n";

    #[test]
    fn the_token_is_found_as_soon_as_its_field_is_here_and_never_before() {
        let whole = FORM.find("\r\n--b\r\nContent-Disposition: form-data; name=\"file\"").unwrap() + 5;
        for end in 0..FORM.len() {
            let told = token_of(&FORM.as_bytes()[..end], "b");
            let expected = if end < whole { Field::Unfinished } else { Field::Token(b"abc".to_vec()) };
            assert_eq!(told, expected, "{end} bytes");
        }
    }

    #[test]
    fn only_a_first_field_of_that_name_is_the_token() {
        for form in [
            FORM.replace("csrf", "xcsrf"),
            FORM.replace("name=\"csrf\"", "name=\"csrf\"; filename=\"csrf\""),
            FORM.replace("--b\r\n", "--c\r\n"),
            FORM.replace("Content-Disposition: form-data; name=\"csrf\"", "X-Other: ; name=\"csrf\""),
            format!("before\r\n{FORM}"),
        ] {
            assert_eq!(token_of(form.as_bytes(), "b"), Field::Other, "{form}");
        }
    }
}
