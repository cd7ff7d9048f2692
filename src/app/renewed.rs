//! Settings that were changed while a program runs: what concerns nights, plans, restores and mails counts at once, the
//! camera, its folders and the way in are those of the start.
use std::sync::Arc;

use super::{Places, night_tools};
use crate::work::Tools;

/// `tools` with nights, plans, restores and mails as `now` has them.
pub fn renewed(now: &Places, tools: &Tools) -> Arc<Tools> {
    let nights = night_tools(now, tools.site.as_ref());
    let (restore, notify, plans) = (now.restore.clone(), now.notify.clone(), now.plans.clone());
    Arc::new(Tools { nights, restore, notify, plans, ..tools.clone() })
}

impl Places {
    /// These places, with what may change while a program runs as `now` has it.
    pub fn changed_to(&self, now: Places) -> Places {
        let Places { nights, restore, notify, plans, .. } = now;
        Places { nights, restore, notify, plans, ..self.clone() }
    }
}
