//! `create config`, `create images`: prints the name of the new archive.
use super::args::Create;
use super::screen::say;
use super::{Session, text_of};
use crate::domain::failure::Failure;
use crate::domain::order::{NightChoice, Order};

impl Session {
    pub(super) fn create(&self, what: Create) -> Result<(), Failure> {
        let order = match what {
            Create::Config { sections, pause } => Order::CreateConfig { sections, pause: pause.into() },
            Create::Images { nights } if nights.is_empty() => Order::CreateImages { nights: NightChoice::All },
            Create::Images { nights } => Order::CreateImages { nights: NightChoice::Folders(nights) },
        };
        let created = self.run(order)?;
        for note in created["notes"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str) {
            say(&format!("note: {note}"));
        }
        self.screen.show(&created, |out| writeln!(out, "{}", text_of(&created, "name")))
    }
}
