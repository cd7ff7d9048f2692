//! One session at a broker: what it is told when we come, whenever something changes, and when we go.
//!
//! Invariant: what lies on the broker below our topics is what was told last; the rest of an earlier start is removed.
use std::fs;
use std::time::{Duration, Instant};

use super::Wanted;
use super::states::states;
use crate::api::home::{Device, PRESS, Topics, availability, kept_by_broker, pressed_plan};
use crate::base::digest::Sha256;
use crate::channel::{Arrived, Error, Login, Retained, Session, Topic};
use crate::domain::broker::TopicPrefix;
use crate::domain::channel::ChannelSettings;
use crate::domain::order::{NightsOrder, Order};
use crate::domain::plan::name::PlanName;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::PanelState;

/// How long a broker gets to let us in.
const LIMIT: Duration = Duration::from_secs(10);
/// Between two looks at what happened.
const TICK: Duration = Duration::from_millis(500);
/// States are read again after this when nothing happened.
const AT_LEAST: Duration = Duration::from_secs(300);
/// And not sooner than this, whatever happens.
const AT_MOST: Duration = Duration::from_secs(2);

pub(super) struct Visit<'a> {
    channel: &'a ChannelSettings,
    session: Session,
    id: String,
    host: String,
    software: &'static str,
    prefix: TopicPrefix,
    /// What the broker keeps of us.
    told: Topics,
    /// The newest event of the states that were told, and when they were read.
    read: Option<(i64, Instant)>,
}

impl<'a> Visit<'a> {
    pub(super) fn begin(panel: &PanelState, channel: &'a ChannelSettings) -> Result<Visit<'a>, Error> {
        let tools = panel.tools();
        let host = tools.nights.host.clone();
        let prefix = channel.broker.topic.clone().unwrap_or_else(|| TopicPrefix::of_machine(&host));
        let id = id(channel, &prefix);
        let will = Topic { name: availability(&prefix), text: "offline".into(), retained: Retained::Yes };
        let client = id.replace("allsky_backups_", "allsky-");
        let session = Session::open(&Login { channel, client: &client, will: Some(&will) }, LIMIT)?;
        let software = tools.site.software().title();
        let mut visit = Visit { channel, session, id, host, software, prefix, told: Topics::new(), read: None };
        let filters = kept_by_broker(&visit.device());
        match visit.session.subscribe(&filters) {
            // Who presses nothing needs to hear nothing; what is left over stays.
            Err(Error::Deaf { .. }) if !channel.broker.buttons => {}
            heard => heard?,
        }
        Ok(visit)
    }

    /// Tells what changes until `wanted` says otherwise.
    pub(super) fn keep(mut self, panel: &PanelState, wanted: impl Fn() -> Wanted) -> Result<(), Error> {
        self.tell_changes(panel)?;
        self.publish(availability(&self.prefix), "online".into())?;
        loop {
            match wanted() {
                Wanted::Yes => {}
                Wanted::NotNow => return self.leave(),
                Wanted::NoMore => {
                    // Nothing of it stays in Home Assistant.
                    let all: Vec<String> = self.told.keys().cloned().collect();
                    all.into_iter().try_for_each(|topic| self.publish(topic, String::new()))?;
                    return self.leave();
                }
            }
            if let Some(arrived) = self.session.next(TICK)? {
                self.hear(panel, &arrived)?;
            }
            self.tell_changes(panel)?;
        }
    }

    fn leave(mut self) -> Result<(), Error> {
        self.publish(availability(&self.prefix), "offline".into())?;
        self.session.close();
        Ok(())
    }

    fn tell_changes(&mut self, panel: &PanelState) -> Result<(), Error> {
        let Ok(newest) = panel.jobs.newest_event() else { return Ok(()) };
        let is_owed = self
            .read
            .is_none_or(|(event, at)| at.elapsed() >= AT_LEAST || (event != newest && at.elapsed() >= AT_MOST));
        if !is_owed {
            return Ok(());
        }
        self.read = Some((newest, Instant::now()));
        let now = match states(panel) {
            Ok(now) => now,
            Err(error) => {
                tracing::warn!("states for home automation could not be read: {error}");
                return Ok(());
            }
        };
        let mut topics = now.topics(&self.prefix);
        if self.channel.broker.discovery {
            topics.extend(now.announced(&self.device(), &self.channel.broker));
        }
        let gone: Vec<String> = self.told.keys().filter(|topic| !topics.contains_key(*topic)).cloned().collect();
        for topic in gone {
            self.told.remove(&topic);
            self.publish(topic, String::new())?;
        }
        for (topic, text) in topics {
            if self.told.get(&topic) != Some(&text) {
                self.publish(topic.clone(), text.clone())?;
                self.told.insert(topic, text);
            }
        }
        Ok(())
    }

    fn hear(&mut self, panel: &PanelState, arrived: &Arrived) -> Result<(), Error> {
        let Arrived { topic, text, retained } = arrived;
        let pressed = pressed_plan(&self.prefix, topic);
        if *retained == Retained::Yes {
            // What lay there before we came is of an earlier start. A press that lies there would count at each start.
            let is_gone = !self.told.contains_key(topic) && !text.is_empty();
            return if is_gone { self.publish(topic.clone(), String::new()) } else { Ok(()) };
        }
        match pressed {
            Some(plan) if self.channel.broker.buttons && text == PRESS => press(panel, plan),
            _ => {}
        }
        Ok(())
    }

    /// An empty text removes the topic from the broker.
    fn publish(&mut self, name: String, text: String) -> Result<(), Error> {
        self.session.publish(&Topic { name, text, retained: Retained::Yes })
    }

    fn device(&self) -> Device<'_> {
        Device { id: &self.id, host: &self.host, software: self.software, prefix: &self.prefix }
    }
}

/// The order that the page gives at a press of its button. What is refused there is refused here, and told in the log.
fn press(panel: &PanelState, plan: &str) {
    let started = || -> Result<(), HttpError> {
        let name: PlanName = plan.parse().map_err(|_| HttpError::not_found("there is no such plan"))?;
        match name.is_nights() {
            true => panel.jobs.submit(Order::Nights(NightsOrder::Run)).map(drop)?,
            false => panel.jobs.submit_run(&name).map(drop)?,
        }
        tracing::info!("plan {name} was started by a button of home automation");
        Ok(())
    };
    if let Err(error) = started() {
        tracing::warn!("a press of a button of home automation started nothing: {error}");
    }
}

/// The number of this machine at the broker: another one for each prefix, so that copies of a card with a name of their
/// own are machines of their own. The number of the system itself stays here.
fn id(channel: &ChannelSettings, prefix: &TopicPrefix) -> String {
    let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let whole = format!("allsky-backups {} {} {}", machine.trim(), prefix.as_str(), channel.name.as_str());
    let digits = Sha256::of(whole.as_bytes()).to_string();
    format!("allsky_backups_{}", digits.get(..12).unwrap_or_default())
}
