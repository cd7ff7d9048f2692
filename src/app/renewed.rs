//! Settings that were changed while a program runs: what concerns nights, restores and mails counts at once, the
//! camera, its folders and the way in are those of the start.
use std::sync::Arc;

use super::{Places, night_tools};
use crate::work::Tools;

/// `tools` with nights, restores and mails as `now` has them.
pub fn renewed(now: &Places, tools: &Tools) -> Arc<Tools> {
    let nights = night_tools(now, tools.site.as_ref());
    Arc::new(Tools { nights, restore: now.restore.clone(), notify: now.notify.clone(), ..tools.clone() })
}

impl Places {
    /// These places, with what may change while a program runs as `now` has it.
    pub fn changed_to(&self, now: Places) -> Places {
        let Places { nights, restore, notify, .. } = now;
        Places { nights, restore, notify, ..self.clone() }
    }
}
