//! `api/history`: the history as tables, asked as PostgREST is asked. It only reads.
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::percent_decode_str;

use crate::catalog::{Counted, HistoryRows};
use crate::domain::history_query::{HistoryQuery, MOST_ROWS};
use crate::domain::history_tables::Table;
use crate::panel::access::proof::text;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::PanelState;
use crate::panel::state::off_loop;

/// A longer question asks nothing sensible.
const MOST_BYTES: usize = 8 << 10;

/// `GET api/history/TABLE?column=eq.value&select=&order=&limit=&offset=`, also with `Range: 0-24`; `Prefer:
/// count=exact` counts all rows that the conditions choose.
pub async fn rows(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    table: web::Path<String>,
) -> Result<HttpResponse, HttpError> {
    let known = || {
        let names: Vec<&str> = Table::ALL.iter().map(|table| table.name()).collect();
        HttpError::not_found(format!("The history has no such table; there are {}", names.join(", ")))
    };
    let table = Table::named(&table).ok_or_else(known)?;
    let fields = fields(request.query_string())?;
    let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut query = HistoryQuery::parse(table, pairs)
        .map_err(|bad| HttpError::usage(format!("{bad}"), "api/openapi.json and the guide tell of the conditions."))?;
    if let Some((first, last)) = range(&request)? {
        query.offset = query.offset.saturating_add(first);
        let wanted = last.map_or(MOST_ROWS, |last| last.saturating_sub(first).saturating_add(1));
        query.limit = query.limit.min(wanted).min(MOST_ROWS);
    }
    let prefers = text(&request, header::HeaderName::from_static("prefer")).unwrap_or_default();
    let counted = if prefers.contains("count=exact") { Counted::Yes } else { Counted::No };
    let offset = query.offset;
    let found = off_loop(&panel, move |panel| Ok(panel.tools().catalog.ask_history(&query, counted)?)).await?;
    Ok(answer(&request, offset, &found))
}

fn answer(request: &HttpRequest, offset: u64, found: &HistoryRows) -> HttpResponse {
    let count = found.rows.len() as u64;
    let total = found.total.map_or_else(|| "*".to_owned(), |total| total.to_string());
    let range = if count == 0 { format!("*/{total}") } else { format!("{offset}-{}/{total}", offset + count - 1) };
    let is_part = found.total.is_some_and(|total| count < total);
    let status = match found.total {
        Some(total) if offset > 0 && offset >= total => StatusCode::RANGE_NOT_SATISFIABLE,
        _ if is_part => StatusCode::PARTIAL_CONTENT,
        _ => StatusCode::OK,
    };
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::CONTENT_RANGE, range)).insert_header(("range-unit", "items"));
    // A client that wants one row says so by this, and takes no list.
    let wants_one = text(request, header::ACCEPT).is_some_and(|accept| accept.contains("vnd.pgrst.object"));
    match (wants_one, found.rows.as_slice()) {
        (true, [one]) => answer.content_type("application/vnd.pgrst.object+json").json(one),
        (true, _) => HttpResponse::NotAcceptable().finish(),
        (false, rows) => answer.json(rows),
    }
}

/// Name and value of each field, in UTF-8.
fn fields(query: &str) -> Result<Vec<(String, String)>, HttpError> {
    let odd = |what: &str| HttpError::usage(format!("The question {what}"), "Encode it as UTF-8, and shorten it.");
    if query.len() > MOST_BYTES {
        return Err(odd("is too long"));
    }
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| odd("is no UTF-8 text"))
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| Ok((decoded(name)?, decoded(value)?)))
        .collect()
}

/// First and last row of `Range: FIRST-LAST`, in the unit `items`.
fn range(request: &HttpRequest) -> Result<Option<(u64, Option<u64>)>, HttpError> {
    let Some(given) = text(request, header::RANGE) else { return Ok(None) };
    let odd = || HttpError::usage("Range is no range of rows", "Write it like Range: 0-24, with Range-Unit: items.");
    let given = given.strip_prefix("items=").unwrap_or(given);
    let (first, last) = given.split_once('-').ok_or_else(odd)?;
    let first: u64 = first.trim().parse().map_err(|_| odd())?;
    let last = match last.trim() {
        "" => None,
        last => Some(last.parse::<u64>().ok().filter(|last| *last >= first).ok_or_else(odd)?),
    };
    Ok(Some((first.min(i64::MAX.unsigned_abs() / 2), last)))
}
