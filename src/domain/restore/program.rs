//! What the camera or its panel would run: modules, scripts, `uservariables.sh`. A section may bring
//! such files, and that it is ticked is not enough: a program acts with all that its owner may do.
use serde::{Deserialize, Serialize};

use crate::base::rel_path::RelPath;

/// What happens to programs of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Programs {
    Take,
    /// They stay in the backup, and those of the camera as they are.
    Leave,
}

/// Where a backup was made, as far as we witnessed it; what the backup says of itself counts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// By us, from this camera's files.
    Here,
    /// Uploaded, imported, made by another program, or found in the folder.
    Elsewhere,
}

impl Programs {
    /// Where the owner says nothing: what this camera ran once comes back, a stranger's does not.
    pub fn by_default(origin: Origin) -> Self {
        match origin {
            Origin::Here => Programs::Take,
            Origin::Elsewhere => Programs::Leave,
        }
    }
}

/// Python with what it loads by itself, shell, PHP and what else a web server runs.
const ENDINGS: [&[u8]; 16] = [
    b".py", b".pyc", b".pyo", b".pth", b".so", b".sh", b".bash", b".php", b".phtml", b".phar", b".inc", b".cgi",
    b".pl", b".rb", b".lua", // Variables of a service can name libraries to load.
    b".env",
];
/// They tell PHP and the web server what to run.
const NAMES: [&[u8]; 2] = [b".user.ini", b".htaccess"];

/// True for a file that would be run where it is restored to. Told by its name, because what is not
/// called so is neither loaded nor started, and gets no right to be executed.
pub fn is_program(path: &RelPath) -> bool {
    let name = path.name().to_ascii_lowercase();
    NAMES.contains(&name.as_slice()) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_a_program_and_what_is_read_is_none() {
        for (path, program) in [
            ("config/myFiles/modules/allsky_fans.py", true),
            ("config/myFiles/modules/__pycache__/allsky_fans.cpython-311.pyc", true),
            ("config/uservariables.sh", true),
            ("etc/indi-allsky/indi-allsky.env", true),
            ("html/allsky/myFiles/Page.PHP", true),
            ("html/allsky/myFiles/.user.ini", true),
            ("config/myFiles/modules/moduledata/data.json", false),
            ("config/modules/postprocessing_day.json", false),
            ("html/allsky/myFiles/about.html", false),
            ("config/overlay/fonts/moon.ttf", false),
        ] {
            assert_eq!(is_program(&RelPath::parse(path).unwrap()), program, "{path}");
        }
    }

    #[test]
    fn only_a_backup_that_was_made_here_brings_its_programs_unasked() {
        assert_eq!(Programs::by_default(Origin::Here), Programs::Take);
        assert_eq!(Programs::by_default(Origin::Elsewhere), Programs::Leave);
    }
}
