//! Puts a plan into the text of a configuration; comments, order and everything else stay.
//!
//! Invariant: the result is read again. Whatever did not become exactly what was asked for is not handed out.
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use super::Reading;
use super::edit::CannotEdit;
use crate::domain::plan::Plan;

/// `text` with `plan` in it, in the place of the plan of that name.
pub fn put(text: &str, plan: &Plan) -> Result<String, CannotEdit> {
    let cannot = || CannotEdit { path: "plan".to_owned() };
    let mut document: DocumentMut = text.parse().map_err(|_| cannot())?;
    let item = document.entry("plan").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let tables = item.as_array_of_tables_mut().ok_or_else(cannot)?;
    let is_it = |table: &Table| table.get("name").and_then(Item::as_str) == Some(plan.name.as_str());
    let known = tables.iter().position(is_it);
    let place = known.unwrap_or(tables.len());
    if known.is_none() {
        tables.push(Table::new());
    }
    let table = tables.get_mut(place).ok_or_else(cannot)?;
    write(table, plan).ok_or_else(cannot)?;
    let changed = document.to_string();
    let (before, after) = (Reading::of(text), Reading::of(&changed));
    let others = |reading: &Reading| -> Vec<Plan> {
        reading.settings.plans.iter().filter(|other| other.name != plan.name).cloned().collect()
    };
    let is_there = after.settings.plans.iter().any(|other| other == plan);
    if is_there && others(&before) == others(&after) && after.mistakes.len() <= before.mistakes.len() {
        Ok(changed)
    } else {
        Err(cannot())
    }
}

/// Keys that have their default are left out, unless they were written before.
fn write(table: &mut Table, plan: &Plan) -> Option<()> {
    let standard = serde_json::json!({ "destination": "backups", "copies": [], "steps": ["archive", "retention"], "enabled": true, "retention": {} });
    // What runs programs or sends elsewhere is changed in the file by hand, and stays as it stands there.
    let values = serde_json::to_value(Plan { hooks: Vec::new(), remote: None, ..plan.clone() }).ok()?;
    for (name, value) in values.as_object()? {
        if standard.get(name) == Some(value) && !table.contains_key(name) {
            continue;
        }
        let value = toml_of(value)?;
        match table.get_mut(name) {
            // The comment behind the value stays.
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
            _ => {
                table.insert(name, Item::Value(value));
            }
        }
    }
    for name in ["largest_database_on_card", "report", "report_every"] {
        if values.get(name).is_none() {
            table.remove(name);
        }
    }
    Some(())
}

fn toml_of(value: &serde_json::Value) -> Option<Value> {
    Some(match value {
        serde_json::Value::Bool(flag) => Value::from(*flag),
        serde_json::Value::Number(number) => Value::from(number.as_i64()?),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(toml_of).collect::<Option<Array>>()?),
        serde_json::Value::Object(keys) => {
            let mut table = InlineTable::new();
            for (name, value) in keys {
                table.insert(name, toml_of(value)?);
            }
            Value::InlineTable(table)
        }
        serde_json::Value::Null => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_added_then_changed_and_all_else_in_the_file_stays() {
        let text = "# mine\n[nights]\nmin_images = 3 # few\n";
        let plan = Plan::weekly_config();
        let first = put(text, &plan).unwrap();
        assert!(first.starts_with(text) && first.contains("[[plan]]\nname = \"weekly-config\"\n"), "{first}");
        let off = Plan { enabled: false, ..plan.clone() };
        let commented = first.replace("sources = [\"config\"]", "sources = [\"config\"] # all of it");
        let second = put(&commented, &off).unwrap();
        assert!(second.contains("enabled = false") && second.contains("# all of it"), "{second}");
        assert_eq!(Reading::of(&second).settings.plans, [off]);
        let third = put(&second, &plan).unwrap();
        assert_eq!(Reading::of(&third).settings.plans, [plan]);
    }

    #[test]
    fn hooks_stay_as_they_stand_in_the_file_and_are_never_written() {
        let first = put("", &Plan::weekly_config()).unwrap();
        let text = format!("{first}hooks = [ {{ on = \"before\", run = [ \"true\" ] }} ] # mine\n");
        let [plan] = &Reading::of(&text).settings.plans[..] else { panic!("{text}") };
        let changed = put(&text, &Plan { enabled: false, ..plan.clone() }).unwrap();
        assert!(changed.contains("hooks = [ { on = \"before\", run = [ \"true\" ] } ] # mine"), "{changed}");
        assert!(put(&text, &Plan::weekly_config()).is_err(), "without its hooks it is another plan");
        assert!(put("", plan).is_err(), "hooks are not written");
    }

    #[test]
    fn a_file_in_which_plans_are_something_else_is_left_alone() {
        assert!(put("plan = 3\n", &Plan::weekly_config()).is_err());
        assert!(put("[plan\n", &Plan::weekly_config()).is_err());
    }
}
