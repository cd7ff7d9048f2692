//! The camera software that is known here, and what differs between the two for everybody above.
//!
//! Archives and manifests name it as text ([`Software::as_str`]); what a stranger's archive says may be any other text.
use std::fmt;

use serde::Serialize;

use super::pictures::PictureLayout;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Software {
    /// The AllskyTeam panel.
    Allsky,
    IndiAllsky,
}

impl Software {
    /// As archives, manifests and the catalog write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Software::Allsky => "allsky",
            Software::IndiAllsky => "indi-allsky",
        }
    }

    /// What `text` of an archive or a manifest names; `None` for software that is not known here.
    pub fn named(text: &str) -> Option<Self> {
        [Software::Allsky, Software::IndiAllsky].into_iter().find(|known| known.as_str() == text)
    }

    /// As its owners write it.
    pub const fn title(self) -> &'static str {
        match self {
            Software::Allsky => "Allsky",
            Software::IndiAllsky => "indi-allsky",
        }
    }

    /// Whether one file in its config folder names all its settings.
    pub const fn has_settings_file(self) -> bool {
        matches!(self, Software::Allsky)
    }

    /// What it calls the number of days that it keeps pictures.
    pub const fn days_setting(self) -> &'static str {
        match self {
            Software::Allsky => "daystokeep",
            Software::IndiAllsky => "IMAGE_EXPIRE_DAYS",
        }
    }

    pub const fn picture_layout(self) -> PictureLayout {
        match self {
            Software::Allsky => PictureLayout::ByNight,
            Software::IndiAllsky => PictureLayout::ByCamera,
        }
    }
}

impl fmt::Display for Software {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Software;

    #[test]
    fn every_name_in_an_archive_leads_back_to_its_software() {
        for software in [Software::Allsky, Software::IndiAllsky] {
            assert_eq!(Software::named(software.as_str()), Some(software));
        }
        assert_eq!(Software::named("another"), None);
        assert_eq!(Software::named("Allsky"), None, "archives write it in small letters");
    }
}
