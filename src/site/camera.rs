//! What the camera is, in values.
use serde::Serialize;

use crate::base::rel_path::RelPath;
use crate::domain::night::Night;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Camera {
    /// First line of `version`.
    pub version: String,
    pub camera_type: Option<String>,
    pub camera_model: Option<String>,
    /// `config/settings_RPi_HQ.json`.
    pub settings_file: Option<RelPath>,
    pub cc_file: Option<RelPath>,
    /// User name of the installation's owner.
    pub owner: String,
    /// Module files that the pipelines need.
    pub required_modules: Vec<String>,
}

/// A folder of pictures, before anybody has counted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PictureFolder {
    pub name: String,
    /// `None` for folders such as `test`.
    pub night: Option<Night>,
    /// Path below the images folder of a small keogram picture, when there is one.
    pub keogram: Option<RelPath>,
    pub startrails: Option<RelPath>,
}
