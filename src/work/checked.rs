//! What reading all of an archive has shown, for verify and inspect alike.
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    pub name: String,
    pub ok: bool,
    pub members: u64,
    /// Uncompressed.
    pub bytes: u64,
    /// Names the damaged member.
    pub error: Option<String>,
}
