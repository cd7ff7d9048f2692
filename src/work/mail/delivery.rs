//! What became of the letters of a round.
use crate::domain::failure::Failure;

#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Delivery {
    pub sent: u32,
    pub failed: u32,
    /// Why the last one that failed did.
    pub failure: Option<Failure>,
}
