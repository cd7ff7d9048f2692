//! Download an archive. A browser, or `curl -C -`, goes on where it stopped: ranges are answered
//! only when the file is still the same one.
//!
//! Invariant: bytes go out as they lie on the disk, never compressed again, memory stays flat, and a logout
//! ends it.
use actix_files::NamedFile;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::{HttpRequest, HttpResponse, web};

use super::desk::{Desk, off_loop};
use super::trouble::Trouble;
use super::welcome;
use crate::domain::archive_name::ArchiveName;
use crate::domain::failure::{Code, Failure};

/// `GET` and `HEAD download/NAME`. The tag is of inode, size and time in nanoseconds: strong.
pub async fn download(
    desk: web::Data<Desk>,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
) -> Result<HttpResponse, Trouble> {
    let name = name.into_inner();
    let file = off_loop(&desk, {
        let name = name.clone();
        move |desk| {
            let path = desk.tools().folder.path().join(name.as_str());
            NamedFile::from_file(desk.tools().folder.open(&name)?, &path).map_err(|error| unreadable(&name, &error))
        }
    })
    .await?;
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name.to_string())],
    };
    // Its ending makes it `application/gzip`.
    let answer = file.set_content_disposition(disposition).into_response(&request);
    Ok(welcome::while_welcome(&request, answer))
}

fn unreadable(name: &ArchiveName, error: &std::io::Error) -> Trouble {
    Failure {
        code: Code::NotReady,
        message: format!("{name} cannot be read: {error}"),
        advice: "Check that the disk with the backups is there and healthy.".to_owned(),
    }
    .into()
}
