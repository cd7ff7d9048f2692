//! Which camera's nights are meant, where indi-allsky serves more than one.

/// Which camera's nights are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraChoice {
    /// The one that is in use.
    Active,
    Uuid(String),
}
