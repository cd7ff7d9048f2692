//! The plans of a configuration: every `[[plan]]` with its schedule and what stays of it.
//!
//! Invariant: a plan with a mistake is no plan; it is told with its line like any other mistake.
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key::Subject;
use super::mistake::{MOST_MISTAKES, Mistake, Rule};
use super::nearest::nearest;
use super::subjects::plan::{PLAN, RETENTION, SCHEDULE};
use crate::domain::plan::Plan;

/// What the value of the key `plan` says. `line` is that of a place in the text.
pub(super) fn read(value: &Spanned<DeValue<'_>>, line: &dyn Fn(usize) -> usize) -> (Vec<Plan>, Vec<Mistake>) {
    let mut reader = Reader { line, mistakes: Vec::new() };
    let mut plans: Vec<Plan> = Vec::new();
    let Some(items) = value.get_ref().as_array() else {
        reader.tell(value.span().start, "plan", Rule::BadType, "plans begin with [[plan]], in two pairs of brackets");
        return (plans, reader.mistakes);
    };
    for item in items.iter() {
        if reader.mistakes.len() >= MOST_MISTAKES {
            break;
        }
        let at = item.span().start;
        let Some(table) = item.get_ref().as_table() else {
            reader.tell(at, "plan", Rule::BadType, "plans begin with [[plan]], in two pairs of brackets");
            continue;
        };
        let Some(plan) = reader.plan(at, table) else { continue };
        let name = plan.name.as_str();
        if plan.name.is_nights() {
            reader.tell(at, "plan.name", Rule::BadName, "nights is the plan of the section [nights]");
        } else if plans.iter().any(|other| other.name == plan.name) {
            reader.tell(at, "plan.name", Rule::BadName, &format!("there is a plan {name} already"));
        } else {
            plans.push(plan);
        }
    }
    (plans, reader.mistakes)
}

/// Hands out every value of a plan whose key nobody knows, with a path that no other one has.
pub(super) fn unknown<'t, 'd>(value: &'t Spanned<DeValue<'d>>, found: &mut dyn FnMut(&str, &'t Spanned<DeValue<'d>>)) {
    let Some(plans) = value.get_ref().as_array() else { return found("plan", value) };
    for (number, plan) in plans.iter().enumerate() {
        let path = format!("plan.{number}");
        let Some(table) = plan.get_ref().as_table() else {
            found(&path, plan);
            continue;
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let below =
                [("schedule", &SCHEDULE), ("retention", &RETENTION)].into_iter().find(|(below, _)| *below == name);
            match below.map(|(_, subject)| (subject, value.get_ref().as_table())) {
                Some((subject, Some(table))) => {
                    for (key, value) in table.iter().filter(|(key, _)| !subject.has(key.get_ref())) {
                        found(&format!("{path}.{name}.{}", key.get_ref()), value);
                    }
                }
                Some((_, None)) => found(&format!("{path}.{name}"), value),
                None if PLAN.has(name) => {}
                None => found(&format!("{path}.{name}"), value),
            }
        }
    }
}

struct Reader<'a> {
    line: &'a dyn Fn(usize) -> usize,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn tell(&mut self, at: usize, path: &str, code: Rule, message: &str) {
        let line = (self.line)(at);
        self.mistakes.push(Mistake { line, path: path.to_owned(), message: message.to_owned(), code });
    }

    /// `None` when something is wrong with it, which is told.
    fn plan(&mut self, at: usize, table: &DeTable<'_>) -> Option<Plan> {
        let before = self.mistakes.len();
        let mut values = self.keys(&PLAN, table, &["schedule", "retention"]);
        for (name, subject) in [("schedule", &SCHEDULE), ("retention", &RETENTION)] {
            let Some(value) = table.get(name) else { continue };
            let Some(below) = value.get_ref().as_table() else {
                let path = format!("plan.{name}");
                self.tell(value.span().start, &path, Rule::BadType, "this wants a table, like { daily = \"11:30\" }");
                continue;
            };
            let read = self.keys(subject, below, &[]);
            if name == "schedule" && below.len() != 1 {
                let message = "a plan has one of every, daily, weekly and cron";
                self.tell(value.span().start, "plan.schedule", Rule::BadSchedule, message);
            }
            values.insert(name.to_owned(), Value::Object(read));
        }
        for name in ["name", "sources", "schedule"] {
            if table.get(name).is_none() {
                self.tell(at, &format!("plan.{name}"), Rule::MissingKey, &format!("a plan needs its {name}"));
            }
        }
        if self.mistakes.len() > before {
            return None;
        }
        match serde_json::from_value::<Plan>(Value::Object(values)) {
            Ok(plan) if plan.sources.is_empty() => {
                self.tell(at, "plan.sources", Rule::MissingKey, "a plan needs something to back up");
                None
            }
            Ok(plan) => Some(plan),
            Err(error) => {
                self.tell(at, "plan", Rule::BadType, &error.to_string());
                None
            }
        }
    }

    fn keys(&mut self, subject: &Subject, table: &DeTable<'_>, others: &[&str]) -> Map<String, Value> {
        let mut values = Map::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let path = format!("{}.{name}", subject.section);
            match subject.keys.iter().find(|known| known.name == name) {
                Some(known) => match known.kind.read(value.get_ref()) {
                    Ok(read) => {
                        values.insert(name.to_owned(), read);
                    }
                    Err((code, message)) => self.tell(key.span().start, &path, code, &message),
                },
                None if others.contains(&name) => {}
                None => {
                    let here = subject.keys.iter().map(|known| known.name).chain(others.iter().copied());
                    let message = match nearest(name, here.clone()) {
                        Some(meant) => format!("there is no such key; did you mean {meant}?"),
                        None => format!("there is no such key; here are: {}", here.collect::<Vec<_>>().join(", ")),
                    };
                    self.tell(key.span().start, &path, Rule::UnknownKey, &message);
                }
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reading;
    use crate::domain::plan::Source;

    #[test]
    fn plans_are_read_with_their_schedule_and_what_stays() {
        let text = "[nights]\nmin_images = 1\n[[plan]]\nname = \"pictures\"\nsources = [\"images-new\"]\n\
                    schedule = { cron = \"30 3 1 * *\" }\n[[plan]]\nname = \"weekly-config\"\nsources = [\"config\"]\n\
                    enabled = false\nlargest_database_on_card = \"1GiB\"\n[plan.schedule]\ndaily = \"12:00\"\n\
                    [plan.retention]\nkeep_last = 3\nalso = [\"by_hand\"]\n";
        let reading = Reading::of(text);
        assert_eq!(reading.mistakes, []);
        let [pictures, config] = &reading.settings.plans[..] else { panic!("{:?}", reading.settings.plans) };
        assert_eq!(
            (pictures.sources[0], pictures.enabled, pictures.retention.rules().len()),
            (Source::ImagesNew, true, 0)
        );
        assert_eq!((config.retention.keep_last, config.enabled), (Some(3), false));
    }

    #[test]
    fn every_mistake_in_a_plan_has_its_line() {
        let told = |text: &str| {
            let mistakes = Reading::of(text).mistakes.into_iter();
            mistakes.map(|m| format!("{}: {} ({})", m.line, m.path, m.code.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(
            told(
                "[[plan]]\nname = \"Big\"\nsources = [\"video\"]\nschedule = { daily = \"25:00\", weekly = \"sunday 1:00\" }\nschedul = 1\n"
            ),
            [
                "2: plan.name (bad_name)",
                "3: plan.sources (out_of_range)",
                "4: plan.schedule (bad_schedule)",
                "4: plan.schedule.daily (bad_schedule)",
                "5: plan.schedul (unknown_key)",
            ]
        );
        assert_eq!(told("[plan]\nname = \"a\"\n"), ["1: plan (bad_type)"]);
        let twice = "[[plan]]\nname = \"a\"\nsources = [\"config\"]\nschedule = { every = \"6h\" }\n".repeat(2);
        assert_eq!(told(&twice), ["5: plan.name (bad_name)"]);
        assert_eq!(told("[[plan]]\n").len(), 3, "name, sources and schedule are missing");
    }
}
