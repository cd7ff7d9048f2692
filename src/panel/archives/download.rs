//! Download an archive.
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::archive::name::ArchiveName;
use crate::domain::failure::{Code, Failure};
use crate::panel::access::login::Visitor;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::ranged;
use crate::panel::parts::ranged::Content;
use crate::panel::state::{PanelState, off_loop};

/// `GET` and `HEAD download/NAME`. The tag is the fingerprint by which the file is known everywhere: size and time in
/// nanoseconds. Not the inode, whose number is another one after every mount of many shares.
pub async fn download(
    panel: web::Data<PanelState>,
    visitor: Visitor,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, HttpError> {
    let name = name.into_inner();
    let of = name.clone();
    let (file, found) = off_loop(&panel, move |panel| {
        let folder = &panel.tools().folder;
        Ok((folder.open(&of)?, folder.found(&of)?))
    })
    .await?;
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name.to_string())],
    };
    let (bytes, tag) = (found.bytes, found.fingerprint);
    let content = Content { file, bytes, tag, kind: "application/gzip", disposition: disposition.to_string() };
    ranged::answer(&request, visitor, content).map_err(|error| unreadable(&name, &error))
}

fn unreadable(name: &ArchiveName, error: &std::io::Error) -> HttpError {
    Failure {
        code: Code::NotReady,
        message: format!("{name} cannot be read: {error}"),
        advice: "Check that the disk with the backups is there and healthy.".to_owned(),
    }
    .into()
}
