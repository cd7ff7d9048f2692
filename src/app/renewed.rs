//! Settings that were changed while a program runs: what concerns nights, drives, hosts, plans, restores and mails counts at once, the
//! camera, its folders and the way in are those of the start.
use std::sync::Arc;

use super::{Places, drives, night_tools};
use crate::work::Tools;

/// `tools` with nights, drives, hosts, plans, restores and mails as `now` has them.
pub fn renewed(now: &Places, tools: &Tools) -> Arc<Tools> {
    let drives = drives::of(now);
    let nights = night_tools(now, tools.site.as_ref(), &drives);
    let (restore, notify, plans) = (now.restore.clone(), now.notify.clone(), now.plans.clone());
    let hosts = now.hosts.clone();
    Arc::new(Tools { nights, drives, hosts, restore, notify, plans, ..tools.clone() })
}

impl Places {
    /// These places, with what may change while a program runs as `now` has it.
    pub fn changed_to(&self, now: Places) -> Places {
        let Places { nights, restore, notify, plans, destinations, hosts, .. } = now;
        Places { nights, restore, notify, plans, destinations, hosts, ..self.clone() }
    }
}
