//! Every night that the camera or the drive knows, judged, with what became of it.
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::Error;
use crate::catalog::KnownNight;
use crate::domain::believable::is_day_ahead;
use crate::domain::night::Night;
use crate::domain::nights::decision::{Class, Reason, decide};
use crate::domain::nights::expiry::{deleted_on, expires_soon};
use crate::domain::nights::measure::Measure;
use crate::domain::nights::state::NightState;
use crate::domain::retention::decision::RetentionGate;
use crate::domain::retention::nights::Pinned;
use crate::domain::software::Software;
use crate::site::nights::{Rating, Survey};
use crate::work::Tools;
use crate::work::retention_gate::{JUMP, retention_gate};

/// What a run does with a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Save,
    Skip,
    /// It is not over, so it is not judged yet.
    Running,
    /// Only a camera that is not ours took pictures.
    OtherCamera,
}

/// One night, as lists and pages show it.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// `2025-12-24`, the date of the evening.
    pub night: String,
    pub source: Software,
    pub images: Option<u64>,
    pub rated: Option<u64>,
    pub avg_stars: Option<f64>,
    pub moon_pct: Option<f64>,
    /// None while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    pub decision: Decision,
    pub reason: String,
    pub state: NightState,
    /// On the drive when it is saved, else as the camera's database says.
    pub bytes: Option<u64>,
    /// The camera deletes it soon, and there is no verified copy.
    pub at_risk: bool,
    #[serde(skip)]
    pub pinned: bool,
    /// The camera no longer has it.
    #[serde(skip)]
    pub is_gone: bool,
    /// The camera deletes it on this day.
    #[serde(skip)]
    pub camera_deletes: Option<Date>,
    #[serde(skip)]
    pub key: Night,
}

impl Item {
    /// Worth keeping, and lost soon.
    pub fn is_worth_saving_now(&self) -> bool {
        self.at_risk && self.decision == Decision::Save
    }
}

/// What is known of all nights at one moment.
pub struct Nights {
    pub survey: Survey,
    pub known: BTreeMap<Night, KnownNight>,
    /// Oldest first.
    pub judged: Vec<Judged>,
}

/// A night with the decision on it.
#[derive(Debug, Clone)]
pub struct Judged {
    pub measure: Measure,
    /// `None` while it runs.
    pub verdict: Option<(Class, String)>,
}

/// Reads the camera's database and the catalog; nothing is walked and nothing is written.
pub fn look(tools: &Tools) -> Result<Nights, Error> {
    look_with(tools, tools.nights.source.survey()?)
}

/// Lists nights from a survey that was made a moment ago.
pub fn look_with(tools: &Tools, mut survey: Survey) -> Result<Nights, Error> {
    let nights = &tools.nights;
    if let Some(start) = nights.settings.start_date {
        survey.nights.retain(|measure| measure.night.date() >= start);
    }
    let known: BTreeMap<Night, KnownNight> =
        tools.catalog.nights(nights.source.software())?.into_iter().map(|night| (night.night, night)).collect();
    let now = (tools.now)().datetime();
    let limits = nights.settings.thresholds();
    // With a clock that can be believed, what is dated ahead of it was taken long ago, under another one.
    let is_sound = retention_gate(tools, JUMP)? == RetentionGate::Sound;
    let is_over = |measure: &Measure| {
        survey.is_closed(measure, now) || (is_sound && is_day_ahead(measure.night.date(), now.date()))
    };
    let judged = survey.nights.iter().map(|measure| {
        let unreadable = survey.unreadable.iter().find(|(night, _)| *night == measure.night);
        let verdict = is_over(measure).then(|| match known.get(&measure.night) {
            // Frozen, or chosen by hand.
            Some(KnownNight { class: Some(class), reason, .. }) => (*class, reason.clone()),
            _ if unreadable.is_some() => (Class::Unrated, unreadable.map(|(_, why)| why.clone()).unwrap_or_default()),
            _ => {
                let (class, reason): (Class, Reason) = decide(measure, &limits);
                match &survey.rating {
                    Rating::Folders(why) if class == Class::Unrated => (class, format!("not rated: {why}")),
                    _ => (class, reason.to_string()),
                }
            }
        });
        Judged { measure: measure.clone(), verdict }
    });
    Ok(Nights { judged: judged.collect(), survey, known })
}

/// Oldest first.
pub fn list(tools: &Tools) -> Result<Vec<Item>, Error> {
    list_of(tools, &look(tools)?)
}

/// The items of `nights`, oldest first.
pub fn list_of(tools: &Tools, nights: &Nights) -> Result<Vec<Item>, Error> {
    let days = tools.nights.source.days_kept()?;
    let now = (tools.now)().datetime();
    let source = tools.nights.source.software();
    let mut items: BTreeMap<Night, Item> = BTreeMap::new();
    for known in nights.known.values() {
        items.insert(known.night, remembered(known, source));
    }
    for night in &nights.survey.other_camera {
        items.entry(*night).or_insert_with(|| other_camera(*night, source));
    }
    for judged in &nights.judged {
        let night = judged.measure.night;
        let mut item = fresh(judged, nights.known.get(&night), source);
        let is_safe = matches!(item.state, NightState::Verified | NightState::Deleted | NightState::Running);
        item.at_risk = !is_safe && expires_soon(night, days, now);
        item.camera_deletes = deleted_on(night, days);
        items.insert(night, item);
    }
    Ok(items.into_values().collect())
}

/// One night of [`list`].
pub fn show(tools: &Tools, night: Night) -> Result<Item, Error> {
    list(tools)?.into_iter().find(|item| item.key == night).ok_or(Error::NoNight(night))
}

/// Measures are frozen with the first verified copy: the camera deletes pictures one by one, and a
/// night that is half gone would look like a bad one.
fn fresh(judged: &Judged, known: Option<&KnownNight>, source: Software) -> Item {
    let measure = &judged.measure;
    let state = match (known, &judged.verdict) {
        (_, None) => NightState::Running,
        (Some(known), _) if !matches!(known.state, NightState::Measured | NightState::Skipped) => known.state,
        (_, Some((Class::Skipped, _))) => NightState::Skipped,
        (_, Some(_)) => NightState::Measured,
    };
    let decision = match &judged.verdict {
        None => Decision::Running,
        Some((Class::Skipped, _)) => Decision::Skip,
        Some(_) => Decision::Save,
    };
    let mut item = Item {
        night: measure.night.date().to_string(),
        source,
        images: Some(measure.images),
        rated: Some(measure.rated),
        avg_stars: measure.avg_stars,
        moon_pct: measure.moon_pct,
        class: judged.verdict.as_ref().map(|(class, _)| *class),
        decision,
        reason: judged.verdict.as_ref().map_or_else(|| "the night is not over".to_owned(), |(_, why)| why.clone()),
        state,
        bytes: measure.bytes,
        at_risk: false,
        pinned: known.is_some_and(|known| known.pinned == Pinned::Yes),
        is_gone: false,
        camera_deletes: None,
        key: measure.night,
    };
    if let Some(frozen) = known.filter(|known| matches!(known.state, NightState::Verified | NightState::Deleted)) {
        item.images = frozen.images.or(item.images);
        item.rated = frozen.rated.or(item.rated);
        item.avg_stars = frozen.avg_stars.or(item.avg_stars);
        item.moon_pct = frozen.moon_pct.or(item.moon_pct);
        item.bytes = Some(frozen.bytes);
    }
    item
}

/// A night that the camera no longer has.
fn remembered(known: &KnownNight, source: Software) -> Item {
    Item {
        night: known.night.date().to_string(),
        source,
        images: known.images,
        rated: known.rated,
        avg_stars: known.avg_stars,
        moon_pct: known.moon_pct,
        class: known.class,
        decision: if known.class == Some(Class::Skipped) { Decision::Skip } else { Decision::Save },
        reason: known.reason.clone(),
        state: known.state,
        bytes: Some(known.bytes),
        at_risk: false,
        pinned: known.pinned == Pinned::Yes,
        is_gone: true,
        camera_deletes: None,
        key: known.night,
    }
}

fn other_camera(night: Night, source: Software) -> Item {
    let measure = Measure::unrated(night, 0);
    let reason = "only another camera took pictures".to_owned();
    let judged = Judged { measure, verdict: Some((Class::Skipped, reason)) };
    Item { decision: Decision::OtherCamera, images: Some(0), ..fresh(&judged, None, source) }
}
