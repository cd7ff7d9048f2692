//! The configuration for programs. Secrets are not shown, and keys that run a program or move a trust boundary are
//! changed in the file alone: the rules are those of the page.
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::refusal::{Reason, WebRefusal};
use crate::api::settings::Saved;
use crate::domain::failure::{Code, Failure};
use crate::domain::settings::mistake::Mistake;
use crate::domain::settings::veil;
use crate::panel::parts::error_page;
use crate::panel::parts::http_error::HttpError;
use crate::panel::settings::sheet::{file, written_on_page};
use crate::panel::state::{PanelState, off_loop};
use crate::work::settings::save::{self, Unsaved};

type Answer = Result<HttpResponse, HttpError>;

/// The file as text and as values.
#[derive(Debug, Serialize)]
struct Config {
    file: String,
    digest: String,
    text: String,
    /// `null` when it cannot be read as a whole.
    parsed: Option<Value>,
    ok: bool,
    mistakes: Vec<Mistake>,
}

/// `GET api/config`.
pub async fn look(panel: web::Data<PanelState>) -> Answer {
    let told = off_loop(&panel, |panel| {
        let now = save::look(&file(panel)?)?;
        let mistakes = save::mistakes(&now, &now.text);
        let text = veil::veiled(&now.text).into_owned();
        Ok(Config {
            file: now.file.display().to_string(),
            parsed: toml::from_str(&text).ok(),
            text,
            digest: now.digest,
            ok: mistakes.is_empty(),
            mistakes,
        })
    })
    .await?;
    Ok(HttpResponse::Ok().json(told))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigText {
    text: String,
    /// Of the text that this one was made of; a file that is another one by now is left alone.
    #[serde(default)]
    digest: Option<String>,
}

/// `POST api/config/validate`: 200 when it could be saved, 422 with everything that is wrong.
pub async fn validate(panel: web::Data<PanelState>, sent: web::Json<ConfigText>) -> Answer {
    let text = sent.into_inner().text;
    let mistakes = off_loop(&panel, move |panel| {
        let now = save::look(&file(panel)?)?;
        Ok(save::mistakes(&now, &written_on_page(&text, &now)))
    })
    .await?;
    if mistakes.is_empty() { Ok(HttpResponse::Ok().json(Valid { ok: true })) } else { Ok(mistaken(&mistakes)) }
}

#[derive(Debug, Serialize)]
struct Valid {
    ok: bool,
}

/// `PUT api/config`: 422 with everything that is wrong, 409 when the file is another one by now.
pub async fn replace(panel: web::Data<PanelState>, sent: web::Json<ConfigText>) -> Answer {
    let ConfigText { text, digest } = sent.into_inner();
    let wrong = off_loop(&panel, move |panel| {
        let now = save::look(&file(panel)?)?;
        let text = written_on_page(&text, &now);
        match save::save(&now.file, digest.as_ref().unwrap_or(&now.digest), &text) {
            Ok(()) => {
                panel.in_use.adopt(&panel.jobs);
                Ok(None)
            }
            Err(Unsaved::Mistaken(mistaken)) => Ok(Some(mistaken.mistakes)),
            Err(error) => Err(error.into()),
        }
    })
    .await?;
    match wrong {
        None => Ok(HttpResponse::Ok().json(Saved::with(panel.in_use.trouble()))),
        Some(mistakes) => Ok(mistaken(&mistakes)),
    }
}

fn mistaken(mistakes: &[Mistake]) -> HttpResponse {
    let failure = Failure {
        code: Code::Refused,
        message: "The configuration has mistakes, and nothing was changed".to_owned(),
        advice: "Mend what details.errors names.".to_owned(),
    };
    let details = serde_json::json!({ "errors": mistakes });
    let told = WebRefusal::of(&failure, 422, Some(&Reason { code: "invalid", details }));
    error_page::with_own_page(HttpResponse::Ok().json(told), StatusCode::UNPROCESSABLE_ENTITY)
}
