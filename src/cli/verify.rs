//! `verify NAME`, `verify --all`: damage is named, and is exit code 1.
use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::{Session, archive_name, text_of};
use crate::base::size::Bytes;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::Order;

impl Session {
    /// `None` is every archive.
    pub(super) fn verify(&self, name: Option<&str>) -> Result<ExitCode, Failure> {
        let order = match name {
            Some(name) => Order::Verify { name: archive_name(name)? },
            None => Order::VerifyAll,
        };
        let result = self.run(order)?;
        let (value, checked) = match &result {
            Value::Array(items) => (json!({ "items": items }), items.clone()),
            one => (one.clone(), vec![one.clone()]),
        };
        self.screen.show(&value, |out| checked.iter().try_for_each(|one| line(one, out)))?;
        // A file that is no backup is told, and is no damage where all are looked at.
        let is_no_alarm = |one: &Value| one["ok"] == json!(true) || (name.is_none() && is_foreign(one));
        let whole = checked.iter().all(is_no_alarm);
        Ok(ExitCode::from(if whole { 0 } else { Code::Damaged.exit() }))
    }
}

fn is_foreign(checked: &Value) -> bool {
    checked["finding"] == json!("foreign")
}

fn line(checked: &Value, out: &mut dyn Write) -> io::Result<()> {
    let name = text_of(checked, "name");
    if checked["ok"] == json!(true) {
        let bytes = Bytes(checked["bytes"].as_u64().unwrap_or_default());
        writeln!(out, "{name}: whole, {} members, {bytes}", text_of(checked, "members"))
    } else if is_foreign(checked) {
        writeln!(out, "{name}: skipped, no backup: {}", text_of(checked, "error"))
    } else if checked["finding"] == json!("unread") {
        writeln!(out, "{name}: NOT READ: {}", text_of(checked, "error"))
    } else {
        writeln!(out, "{name}: DAMAGED: {}", text_of(checked, "error"))
    }
}
