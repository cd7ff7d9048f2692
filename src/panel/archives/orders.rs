//! What changes something: every button and form becomes an order, and every order a job.
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::api::job::{JobCancelled, Started};
use crate::api::mark::Done;
use crate::api::program::Measuring;
use crate::domain::archive::name::ArchiveName;
use crate::domain::archive::note::ArchiveNote;
use crate::domain::destination::DestinationName;
use crate::domain::job::JobId;
use crate::domain::order::{ArchiveOrder, NightChoice, Order, Original, PauseChoice, SectionChoice};
use crate::domain::retention::nights::Pinned;
use crate::panel::parts::error_page;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;
use crate::panel::state::{PanelState, off_loop};
use crate::work::archive::mark::{Mark, mark};

/// `POST create/config`.
pub async fn create_config(panel: web::Data<PanelState>, request: HttpRequest, form: web::Bytes) -> Answer {
    let form = String::from_utf8_lossy(&form).into_owned();
    let sections = SectionChoice::Keys(texts(&form, "section"));
    let pause = if query::field(&form, "pause").is_some() { PauseChoice::Always } else { PauseChoice::WhenNeeded };
    submit(panel, request, Order::Archive(ArchiveOrder::CreateConfig { sections, pause })).await
}

/// `POST create/images`.
pub async fn create_images(panel: web::Data<PanelState>, request: HttpRequest, form: web::Bytes) -> Answer {
    let form = String::from_utf8_lossy(&form).into_owned();
    let nights = match query::field(&form, "all") {
        Some(_) => NightChoice::All,
        None => NightChoice::Folders(texts(&form, "folder")),
    };
    submit(panel, request, images(nights)?).await
}

/// What a program may ask for, as JSON.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum CreateForm {
    Config {
        #[serde(default)]
        sections: Option<Vec<String>>,
        #[serde(default)]
        pause: PauseChoice,
    },
    Images {
        /// Folder names; all when left out.
        #[serde(default)]
        folders: Option<Vec<String>>,
    },
}

/// `POST api/create`.
pub async fn create_json(panel: web::Data<PanelState>, request: HttpRequest, form: web::Json<CreateForm>) -> Answer {
    let order = match form.into_inner() {
        CreateForm::Config { sections, pause } => Order::Archive(ArchiveOrder::CreateConfig {
            sections: sections.map_or(SectionChoice::All, SectionChoice::Keys),
            pause,
        }),
        CreateForm::Images { folders } => images(folders.map_or(NightChoice::All, NightChoice::Folders))?,
    };
    submit(panel, request, order).await
}

fn images(nights: NightChoice) -> Result<Order, HttpError> {
    match &nights {
        NightChoice::Folders(folders) if folders.is_empty() => {
            Err(HttpError::usage("No folder was chosen", "Turn on at least one folder, or all of them."))
        }
        _ => Ok(Order::Archive(ArchiveOrder::CreateImages { nights })),
    }
}

/// `POST archive/NAME/verify`.
pub async fn verify(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<ArchiveName>) -> Answer {
    submit(panel, request, Order::Archive(ArchiveOrder::Verify { name: name.into_inner() })).await
}

/// `POST verify-all`.
pub async fn verify_all(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    submit(panel, request, Order::Archive(ArchiveOrder::VerifyAll)).await
}

/// `POST archive/NAME/inspect`.
pub async fn inspect(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<ArchiveName>) -> Answer {
    submit(panel, request, Order::Archive(ArchiveOrder::Inspect { name: name.into_inner() })).await
}

/// `POST archive/NAME/delete`.
pub async fn delete(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<ArchiveName>) -> Answer {
    submit(panel, request, Order::Archive(ArchiveOrder::Delete { name: name.into_inner() })).await
}

/// `POST archive/NAME/copy` with `to`, the name of a destination.
pub async fn copy(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
    form: web::Bytes,
) -> Answer {
    let form = String::from_utf8_lossy(&form).into_owned();
    let to = String::from_utf8_lossy(&query::field(&form, "to").unwrap_or_default()).into_owned();
    let to = DestinationName::try_from(to).map_err(|bad| HttpError::usage(bad, "Choose a drive of the list."))?;
    let (name, from) = (name.into_inner(), DestinationName::backups());
    submit(panel, request, Order::Archive(ArchiveOrder::Copy { name, from, to, original: Original::Stays })).await
}

/// `POST archive/NAME/pin`.
pub async fn pin(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<ArchiveName>) -> Answer {
    say(panel, request, name.into_inner(), Mark::Pin(Pinned::Yes)).await
}

/// `POST archive/NAME/unpin`.
pub async fn unpin(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<ArchiveName>) -> Answer {
    say(panel, request, name.into_inner(), Mark::Pin(Pinned::No)).await
}

/// `POST archive/NAME/note` with `note`; an empty one takes the note away.
pub async fn note(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
    form: web::Bytes,
) -> Answer {
    let form = String::from_utf8_lossy(&form).into_owned();
    let text = query::field(&form, "note").unwrap_or_default();
    let note = ArchiveNote::parse(&String::from_utf8_lossy(&text))
        .map_err(|bad| HttpError::usage(format!("{bad}"), "Write a shorter one; nothing was changed."))?;
    say(panel, request, name.into_inner(), Mark::Note(note)).await
}

/// Scripts draw anew what they show; a plain form is led back to the archive.
async fn say(panel: web::Data<PanelState>, request: HttpRequest, name: ArchiveName, what: Mark) -> Answer {
    let place = format!("archive/{name}");
    off_loop(&panel, move |panel| Ok(mark(&panel.tools(), &name, &what)?)).await?;
    panel.jobs.pass_on();
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(Done::now()));
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url(&place))).finish())
}

/// `POST job/ID/cancel`.
pub async fn cancel(panel: web::Data<PanelState>, request: HttpRequest, id: web::Path<JobId>) -> Answer {
    let id = id.into_inner();
    let cancelled = off_loop(&panel, move |panel| Ok(panel.jobs.cancel(id)?)).await?;
    Ok(started(&panel, &request, id, &JobCancelled { job: id.into(), cancelled }))
}

/// `POST api/estimate/refresh`.
pub async fn refresh(panel: web::Data<PanelState>) -> HttpResponse {
    panel.measure();
    HttpResponse::Accepted().json(Measuring { measuring: true })
}

type Answer = Result<HttpResponse, HttpError>;

/// Queues `order` and tells its job.
pub async fn submit(panel: web::Data<PanelState>, request: HttpRequest, order: Order) -> Answer {
    let id = off_loop(&panel, move |panel| Ok(panel.jobs.submit(order)?)).await?;
    Ok(started(&panel, &request, id, &Started::from(id)))
}

/// Scripts get the job; a plain form is led to its page.
pub fn started(panel: &PanelState, request: &HttpRequest, id: JobId, told: &impl Serialize) -> HttpResponse {
    if error_page::wants_json(panel, request) {
        return HttpResponse::Accepted().json(told);
    }
    HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url(&format!("job/{id}")))).finish()
}

fn texts(form: &str, name: &str) -> Vec<String> {
    query::fields(form, name).iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
}
