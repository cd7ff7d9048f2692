//! `import FILE`: an archive from a stick or another machine, checked as strictly as an upload.
use std::path::Path;
use std::process::ExitCode;

use super::Session;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::{ArchiveOrder, Order};

impl Session {
    pub(super) fn import(&self, file: &Path) -> Result<ExitCode, Failure> {
        // The order is kept in the history as text.
        let file = std::path::absolute(file).ok().filter(|path| path.to_str().is_some()).ok_or_else(|| Failure {
            code: Code::Usage,
            message: format!("{}: not a path that can be written down as text", file.display()),
            advice: "Rename the file, or make a link to it with a plain name.".into(),
        })?;
        if let Err(error) = std::fs::metadata(&file) {
            let code = if error.kind() == std::io::ErrorKind::NotFound { Code::NotFound } else { Code::Failed };
            return Err(Failure {
                code,
                message: format!("{}: {error}", file.display()),
                advice: "Check the path of the file to import.".into(),
            });
        }
        self.carry_out(Order::Archive(ArchiveOrder::Import { file }))
    }
}
