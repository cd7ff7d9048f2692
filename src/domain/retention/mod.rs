//! Retention: what may go, decided before anything is touched. Every decision carries its reason, and
//! what is protected stays protected whatever the numbers say.
//!
//! * `decision` — the one shape of all decisions; `dated` — what is decided on
//! * `rules` — what an owner wants to keep of a row of copies; `tiered` — the rule by which older copies become fewer
//! * `archives` — which archives of a plan go; `nights` — which nights leave a full drive; `forecast` — when it is full
pub mod archives;
pub mod dated;
pub mod decision;
pub mod forecast;
pub mod nights;
pub mod rules;
pub mod tiered;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::dated::{Condition, Dated};

    #[derive(Debug, Clone, PartialEq)]
    pub struct Made {
        pub id: String,
        pub at: Timestamp,
        pub condition: Condition,
    }

    impl Dated for Made {
        fn id(&self) -> &str {
            &self.id
        }
        fn at(&self) -> Timestamp {
            self.at
        }
        fn condition(&self) -> Condition {
            self.condition
        }
    }

    pub fn zone() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    /// At noon of a day.
    pub fn made(day: &str) -> Made {
        Made { id: day.into(), at: format!("{day}T12:00:00Z").parse().unwrap(), condition: Condition::Complete }
    }
}
