//! What an owner can ask for that takes time. An order is data: it is stored with its job and can be run after a
//! restart. Each noun has a file: its orders, their verbs for lists and logs, and their titles for people.
mod archive;
mod camera;
mod drive;
mod nights;
mod plan;
mod snapshot;

use serde::{Deserialize, Serialize};

pub use archive::{ArchiveOrder, NightChoice, Original, PauseChoice, SectionChoice};
pub use camera::CameraOrder;
pub use drive::DriveOrder;
pub use nights::{Damaged, NightsOrder};
pub use plan::{PlanOrder, SyncWish};
pub use snapshot::{SnapshotOrder, When};

/// One order. It is stored with the tag of its own noun, `{"order": "create_config", …}`: tags are unique among all nouns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Order {
    Archive(ArchiveOrder),
    Nights(NightsOrder),
    Plan(PlanOrder),
    Drive(DriveOrder),
    Snapshot(SnapshotOrder),
    Camera(CameraOrder),
}

impl Order {
    /// Verb for lists and logs: `create_config`, `verify` …
    pub fn verb(&self) -> &'static str {
        match self {
            Order::Archive(order) => order.verb(),
            Order::Nights(order) => order.verb(),
            Order::Plan(order) => order.verb(),
            Order::Drive(order) => order.verb(),
            Order::Snapshot(order) => order.verb(),
            Order::Camera(order) => order.verb(),
        }
    }

    /// What is done, for pages: "Create Config Backup".
    pub fn title(&self) -> String {
        match self {
            Order::Archive(order) => order.title(),
            Order::Nights(order) => order.title(),
            Order::Plan(order) => order.title(),
            Order::Drive(order) => order.title(),
            Order::Snapshot(order) => order.title(),
            Order::Camera(order) => order.title(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::night::Night;

    #[test]
    fn an_order_is_stored_by_its_tag_and_comes_back() {
        let nights = vec![Night::parse_any("2025-12-24").unwrap()];
        for (order, stored) in [
            (Order::Archive(ArchiveOrder::VerifyAll), r#"{"order":"verify_all"}"#),
            (Order::Nights(NightsOrder::Run), r#"{"order":"run_nights"}"#),
            (Order::Nights(NightsOrder::Verify { nights }), r#"{"order":"verify_nights","nights":["20251224"]}"#),
            (Order::Plan(PlanOrder::Prune { plan: None }), r#"{"order":"prune_archives","plan":null}"#),
            (Order::Camera(CameraOrder::Undo { id: None }), r#"{"order":"undo","id":null}"#),
        ] {
            assert_eq!(serde_json::to_string(&order).unwrap(), stored);
            assert_eq!(serde_json::from_str::<Order>(stored).unwrap(), order);
        }
    }
}
