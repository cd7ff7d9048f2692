//! What a plan is called: in the file, in addresses, and in the catalog.
//!
//! Invariant: a name is safe in an address and on a command line, and never the word of another verb.
use crate::domain::slug::slug;

const NIGHTS: &str = "nights";
const WEEKLY_CONFIG: &str = "weekly-config";

slug! {
    /// Small letters, digits and `-`.
    PlanName, "plan"
}

impl PlanName {
    pub fn nights() -> PlanName {
        PlanName(NIGHTS.to_owned())
    }

    pub fn weekly_config() -> PlanName {
        PlanName(WEEKLY_CONFIG.to_owned())
    }

    pub fn is_nights(&self) -> bool {
        self.0 == NIGHTS
    }
}
