//! Files out of an archive, and keograms of the camera, as a browser may show them.
//!
//! Invariant: content that a stranger may have made never runs: pictures and plain text are shown
//! with their type nailed down and in a sandbox, everything else is saved. A logout ends it.
use std::io::Read;

use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use tokio::sync::mpsc;

use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive::name::ArchiveName;
use crate::panel::access::login::Visitor;
use crate::panel::access::welcome;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;
use crate::panel::state::{PanelState, off_loop};
use crate::site::PictureFolder;
use crate::work::archive::extract;

/// Bytes that wait between disk and browser: a few pieces of this size.
const PIECE: usize = 64 << 10;
const PIECES: usize = 4;
/// A keogram thumbnail is far smaller; a whole keogram of a large camera too.
const KEOGRAM_BYTES: u64 = 16 << 20;

pub const SANDBOX: &str = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox";

/// What a browser does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showing {
    /// With this content type.
    Picture(&'static str),
    Text,
    Saved,
}

/// By the ending of its name alone.
pub fn showing(path: &RelPath) -> Showing {
    let name = path.name().to_ascii_lowercase();
    let ending = name.iter().rposition(|byte| *byte == b'.').map_or(&b""[..], |dot| &name[dot + 1..]);
    match ending {
        b"jpg" | b"jpeg" => Showing::Picture("image/jpeg"),
        b"png" => Showing::Picture("image/png"),
        b"webp" => Showing::Picture("image/webp"),
        b"txt" | b"json" | b"log" | b"sh" | b"py" => Showing::Text,
        _ => Showing::Saved,
    }
}

/// `GET archive/NAME/file?path=`.
pub async fn file(
    panel: web::Data<PanelState>,
    visitor: Visitor,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, HttpError> {
    let path = query::path(request.query_string(), "path")?
        .ok_or_else(|| HttpError::usage("No file was named", "Choose a file in the tree."))?;
    let name = name.into_inner();
    let member = path.clone();
    let (row, content) = off_loop(&panel, move |panel| Ok(extract::extract(&panel.tools(), &name, &member)?)).await?;
    if row.is_dir {
        return Err(HttpError::usage(format!("{path} is a folder"), "Choose one of the files in it."));
    }
    let mut answer = HttpResponse::Ok();
    let (kind, way) = match showing(&path) {
        Showing::Picture(kind) => (kind, "inline"),
        Showing::Text => ("text/plain; charset=utf-8", "inline"),
        Showing::Saved => ("application/octet-stream", "attachment"),
    };
    answer.insert_header((header::CONTENT_TYPE, kind));
    answer.insert_header((header::CONTENT_DISPOSITION, disposition(way, path.name())));
    answer.insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX));
    let answer = answer.body(SizedStream::new(row.size, pieces(content)));
    Ok(welcome::while_welcome(visitor, answer))
}

/// `inline; filename="a.jpg"; filename*=UTF-8''…`: an ASCII name for all, the true one for those who
/// can.
pub(crate) fn disposition(way: &str, name: &[u8]) -> String {
    let plain = |byte: &u8| match byte {
        b'"' | b'\\' | b'%' | b'/' => '_',
        b' '..=b'~' => char::from(*byte),
        _ => '_',
    };
    let ascii: String = name.iter().map(plain).collect();
    match std::str::from_utf8(name) {
        Ok(text) if text != ascii => {
            format!("{way}; filename=\"{ascii}\"; filename*=UTF-8''{}", query::encode(name).replace('/', "%2F"))
        }
        _ => format!("{way}; filename=\"{ascii}\""),
    }
}

/// Reads in a thread of its own, a few pieces ahead of the browser.
fn pieces(mut content: Box<dyn Read + Send>) -> impl stream::Stream<Item = std::io::Result<Bytes>> + 'static {
    let (send, receive) = mpsc::channel::<std::io::Result<Bytes>>(PIECES);
    drop(web::block(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = match content.read(&mut piece) {
                Ok(0) => return,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    // The connection breaks off, so that nobody takes a part for the whole.
                    tracing::warn!(%error, "a file could not be read out of its archive");
                    drop(send.blocking_send(Err(error)));
                    return;
                }
            };
            piece.truncate(read);
            if send.blocking_send(Ok(piece.into())).is_err() {
                return;
            }
        }
    }));
    stream::unfold(receive, |mut receive| async move { receive.recv().await.map(|piece| (piece, receive)) })
}

/// `GET keogram/FOLDER`: the small keogram of a night that is still on the camera.
pub async fn keogram(panel: web::Data<PanelState>, folder: web::Path<String>) -> Result<HttpResponse, HttpError> {
    let (kind, bytes) = off_loop(&panel, move |panel| {
        let folders = panel.tools().site.picture_folders()?;
        let found = folders.into_iter().find(|known: &PictureFolder| known.name == *folder);
        let path = found.and_then(|known| known.keogram).ok_or_else(no_keogram)?;
        let Showing::Picture(kind) = showing(&path) else { return Err(no_keogram()) };
        let images = panel.tools().site.images_dir()?;
        let read = || -> std::io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            Dir::open(&images)?.read(&path)?.take(KEOGRAM_BYTES).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        Ok((kind, read().map_err(|_| no_keogram())?))
    })
    .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .insert_header((header::CACHE_CONTROL, "private, max-age=600"))
        .body(bytes))
}

fn no_keogram() -> HttpError {
    HttpError::not_found("There is no keogram of this folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_and_plain_text_are_shown() {
        let of = |name: &str| showing(&RelPath::parse(name).unwrap());
        assert_eq!(of("images/20261117/image-1.JPG"), Showing::Picture("image/jpeg"));
        assert_eq!(of("config/settings.json"), Showing::Text);
        for name in ["x.html", "x.svg", "x.jpg.html", "jpg", "x.mp4", "x"] {
            assert_eq!(of(name), Showing::Saved, "{name}");
        }
    }

    #[test]
    fn a_file_name_cannot_break_out_of_its_header() {
        assert_eq!(disposition("inline", b"a.jpg"), r#"inline; filename="a.jpg""#);
        assert_eq!(disposition("attachment", b"a\"b\r\nX: y\xff"), r#"attachment; filename="a_b__X: y_""#);
        assert_eq!(
            disposition("attachment", "Größe.ttf".as_bytes()),
            "attachment; filename=\"Gr____e.ttf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.ttf"
        );
    }
}
