//! The history as tables that programs ask with a [`HistoryQuery`].
//!
//! Invariant: statements are put together of texts that stand here and of names that the query has taken from its own
//! tables; every value is bound.
use rusqlite::types::{ToSql, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};
use serde_json::{Map, Value as Json};

use super::columns::from_millis;
use super::{Catalog, Error};
use crate::domain::history_query::{
    Comparison, Condition, Direction, HistoryQuery, Negated, Nulls, Sorting, Test, Value,
};
use crate::domain::history_tables::{Column, Kind, Table};

/// Rows, and how many there are without limit and offset.
#[derive(Debug)]
pub struct HistoryRows {
    pub rows: Vec<Map<String, Json>>,
    /// `None` when nobody asked for it.
    pub total: Option<u64>,
}

/// Whether all rows are counted, which takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    Yes,
    No,
}

const STATUS: &str =
    "CASE state WHEN 'success' THEN 'ok' WHEN 'warning' THEN 'ok' WHEN 'skipped' THEN 'ok' ELSE state END";

/// Where the rows of a table come from; its columns have the names of the table's own.
fn source(table: Table) -> String {
    match table {
        Table::Jobs => format!(
            "SELECT seq AS id, id AS uid, coalesce(json_extract(wanted, '$.plan'),
                    (SELECT plan FROM runs WHERE runs.id = jobs.run)) AS plan,
                    json_extract(wanted, '$.order') AS type,
                    coalesce((SELECT wanted_by FROM runs WHERE runs.id = jobs.run),
                             CASE by_schedule WHEN 1 THEN 'schedule' ELSE 'hand' END) AS \"trigger\",
                    {STATUS} AS status, queued_at AS queued, started_at AS started, ended_at AS finished,
                    (SELECT count(*) FROM events WHERE events.job = jobs.id
                     AND json_extract(kind, '$.event') = 'warning') AS warnings,
                    json_extract(failure, '$.message') AS error
             FROM jobs"
        ),
        Table::JobHosts => format!(
            "SELECT seq AS id, seq AS job_id, host, type, status, started, finished, error, metrics FROM (
                 SELECT seq, coalesce(json_extract(wanted, '$.host'),
                     CASE WHEN json_extract(wanted, '$.source') LIKE 'host%:%'
                          THEN substr(json_extract(wanted, '$.source'), instr(json_extract(wanted, '$.source'), ':') + 1)
                     END) AS host,
                     json_extract(wanted, '$.order') AS type, {STATUS} AS status, started_at AS started,
                     ended_at AS finished, json_extract(failure, '$.message') AS error, coalesce(result, '{{}}') AS metrics
                 FROM jobs
             ) WHERE host IS NOT NULL"
        ),
        Table::Snapshots => "SELECT seq AS id, seq AS job_id, json_extract(made, '$.host') AS host,
                    json_extract(made, '$.destination') AS destination, 'hour' AS kind,
                    json_extract(made, '$.snapshot') AS slot, ended_at AS taken,
                    json_extract(made, '$.counts.bytes') AS size_bytes,
                    json_extract(made, '$.counts.added_bytes') AS added_bytes,
                    json_extract(made, '$.counts.files') AS file_count, json_extract(made, '$.counts.new') AS files_new,
                    json_extract(made, '$.counts.changed') AS files_modified,
                    json_extract(made, '$.counts.deleted') AS files_deleted,
                    CASE WHEN json_extract(made, '$.counts.files') > 0
                         THEN 1.0 * (json_extract(made, '$.counts.changed') + json_extract(made, '$.counts.deleted'))
                              / json_extract(made, '$.counts.files') END AS change_ratio,
                    json_extract(made, '$.suspect') IS NOT NULL AS suspect
             FROM (
                 SELECT seq, ended_at, CASE json_extract(wanted, '$.order') WHEN 'take_snapshot' THEN result
                     WHEN 'run_plan' THEN json_extract(result, '$.snapshot') END AS made
                 FROM jobs WHERE result IS NOT NULL
             ) WHERE made IS NOT NULL AND json_extract(made, '$.skipped') = 0"
            .to_owned(),
        Table::AnomalyAlerts => "SELECT id, since AS created, last_seen,
                    CASE kind WHEN 'snapshot_not_trusted' THEN substr(subject, 1, instr(subject || ' ', ' ') - 1) END AS host,
                    kind, subject,
                    CASE WHEN kind IN ('snapshot_not_trusted', 'archive_damaged') THEN 'critical' ELSE 'warning' END
                        AS severity, detail AS message, state
             FROM alerts"
            .to_owned(),
        // The view is what other programs read, in seconds.
        Table::TaskRun => format!(
            "SELECT id_task, {} AS dt_task_start, {} AS dt_task_end, success_task, id_step, {} AS dt_step_start,
                    {} AS dt_step_end, success_step, dir_from, dir_to, time_elapsed FROM task_run",
            millis("dt_task_start"),
            millis("dt_task_end"),
            millis("dt_step_start"),
            millis("dt_step_end"),
        ),
    }
}

/// A column of seconds as whole milliseconds.
fn millis(column: &str) -> String {
    format!("CAST(round({column} * 1000) AS INTEGER)")
}

impl Catalog {
    pub fn ask_history(&self, query: &HistoryQuery, counted: Counted) -> Result<HistoryRows, Error> {
        let connection = self.reading();
        let (wheres, values) = conditions(&query.conditions);
        let from = format!("FROM ({}){wheres}", source(query.table));
        let total = match counted {
            Counted::Yes => Some(count(&connection, &from, &values)?),
            Counted::No => None,
        };
        let columns: Vec<String> = query.columns.iter().map(|column| quoted(column.name)).collect();
        let order = order_of(query);
        let text = format!("SELECT {} {from}{order} LIMIT {} OFFSET {}", columns.join(", "), query.limit, query.offset);
        let mut statement = connection.prepare_cached(&text)?;
        let rows = statement.query_map(params_from_iter(&values), |row| read(row, &query.columns))?;
        Ok(HistoryRows { rows: rows.collect::<Result<_, _>>()?, total })
    }
}

fn count(connection: &Connection, from: &str, values: &[Box<dyn ToSql>]) -> Result<u64, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT count(*) {from}"))?;
    let number: i64 = statement.query_row(params_from_iter(values), |row| row.get(0))?;
    Ok(number.unsigned_abs())
}

/// Names of columns stand in the tables of the query alone; quotes keep words of the language from being read as such.
fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn conditions(all: &[Condition]) -> (String, Vec<Box<dyn ToSql>>) {
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut texts = Vec::new();
    for Condition { column, negated, test } in all {
        let name = quoted(column.name);
        let text = match test {
            Test::IsNull => format!("{name} IS NULL"),
            Test::IsTruth(truth) => format!("{name} IS {truth}"),
            Test::In(list) => {
                let places = vec!["?"; list.len()].join(", ");
                list.iter().for_each(|value| values.push(bound(value)));
                format!("{name} IN ({places})")
            }
            Test::Compared(comparison, value) => {
                let pattern = matches!(comparison, Comparison::Like | Comparison::ILike);
                values.push(if pattern && *comparison == Comparison::Like { glob(value) } else { bound(value) });
                format!("{name} {} ?", operator(*comparison))
            }
        };
        texts.push(if *negated == Negated::Yes { format!("NOT ({text})") } else { text });
    }
    (if texts.is_empty() { String::new() } else { format!(" WHERE {}", texts.join(" AND ")) }, values)
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Eq => "=",
        Comparison::Neq => "<>",
        Comparison::Gt => ">",
        Comparison::Gte => ">=",
        Comparison::Lt => "<",
        Comparison::Lte => "<=",
        // LIKE of SQLite does not tell small letters from large ones; GLOB does.
        Comparison::Like => "GLOB",
        Comparison::ILike => "LIKE",
    }
}

fn bound(value: &Value) -> Box<dyn ToSql> {
    match value {
        Value::Integer(number) => Box::new(*number),
        Value::Real(number) => Box::new(*number),
        Value::Text(text) => Box::new(text.clone()),
    }
}

/// A pattern of LIKE as one of GLOB.
fn glob(value: &Value) -> Box<dyn ToSql> {
    let Value::Text(text) = value else { return bound(value) };
    let mut glob = String::new();
    for letter in text.chars() {
        match letter {
            '%' => glob.push('*'),
            '_' => glob.push('?'),
            '[' | '*' | '?' => glob.extend(['[', letter, ']']),
            _ => glob.push(letter),
        }
    }
    Box::new(glob)
}

fn order_of(query: &HistoryQuery) -> String {
    let named: Vec<String> = query
        .order
        .iter()
        .map(|Sorting { column, direction, nulls }| {
            let direction = if *direction == Direction::Descending { "DESC" } else { "ASC" };
            let nulls = if *nulls == Nulls::First { "FIRST" } else { "LAST" };
            format!("{} {direction} NULLS {nulls}", quoted(column.name))
        })
        .collect();
    match named.is_empty() {
        true if query.table == Table::TaskRun => " ORDER BY dt_step_start DESC".to_owned(),
        true => " ORDER BY id DESC".to_owned(),
        false => format!(" ORDER BY {}", named.join(", ")),
    }
}

fn read(row: &Row, columns: &[Column]) -> rusqlite::Result<Map<String, Json>> {
    let mut told = Map::new();
    for (at, column) in columns.iter().enumerate() {
        let value = match (row.get_ref(at)?, column.kind) {
            (ValueRef::Null, _) => Json::Null,
            (ValueRef::Integer(millis), Kind::Time) => Json::from(from_millis(millis).to_string()),
            (ValueRef::Integer(number), Kind::Truth) => Json::from(number != 0),
            (ValueRef::Integer(number), _) => Json::from(number),
            (ValueRef::Real(number), _) => Json::from(number),
            (ValueRef::Text(text), Kind::Json) => serde_json::from_slice(text).unwrap_or_default(),
            (ValueRef::Text(bytes) | ValueRef::Blob(bytes), _) => Json::from(String::from_utf8_lossy(bytes)),
        };
        told.insert(column.name.to_owned(), value);
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::base::instance::Instance;
    use crate::catalog::NewRun;
    use crate::catalog::tests::catalog;
    use crate::domain::failure::{Code, Failure};
    use crate::domain::job::{JobState, Trigger};
    use crate::domain::monitor::Stage;
    use crate::domain::order::{ArchiveOrder, Order, PlanOrder, SnapshotOrder};
    use crate::domain::plan::Source;
    use crate::domain::plan::name::PlanName;
    use crate::domain::run_id::RunId;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    /// Two jobs of archives, of which one failed, a snapshot of a host, and a run of a plan.
    fn filled() -> (tempfile::TempDir, Catalog) {
        let (top, catalog) = catalog();
        let failure = Failure { code: Code::Failed, message: "it's \"odd\"".into(), advice: String::new() };
        let taken = serde_json::json!({ "host": "pi", "destination": "usb", "snapshot": "2026-03-06_0800", "skipped": false,
            "counts": { "files": 10, "bytes": 99, "new": 1, "changed": 2, "deleted": 3, "added_bytes": 4 } });
        let host = "pi".to_owned().try_into().unwrap();
        for (n, (order, state, result, failure)) in [
            (Order::Archive(ArchiveOrder::VerifyAll), JobState::Warning, None, None),
            (Order::Archive(ArchiveOrder::VerifyAll), JobState::Failed, None, Some(failure)),
            (Order::Snapshot(SnapshotOrder::Take { host }), JobState::Success, Some(taken), None),
        ]
        .into_iter()
        .enumerate()
        {
            let (id, second) = (Uuid::now_v7(), i64::try_from(n).unwrap() * 100);
            catalog.add_job(id, &order, Trigger::Hand, at(second)).unwrap();
            catalog.record(id, &crate::catalog::EventKind::Stage { stage: Stage::Verify }, at(second + 1)).unwrap();
            catalog.finish_job(id, state, result.as_ref(), failure.as_ref(), &[], at(second + 62)).unwrap();
        }
        let plan = PlanName::weekly_config();
        let (run, job) = (RunId::from(Uuid::now_v7()), Uuid::now_v7());
        let jobs = [(job, Order::Plan(PlanOrder::Run { plan: plan.clone(), source: Source::Config }))];
        let new = NewRun { id: run, plan: &plan, trigger: Trigger::Hand, slot: None, jobs: &jobs, runner: None };
        assert!(catalog.add_run(&new, at(300)).unwrap());
        assert!(catalog.take(job, &Instance::here().unwrap(), at(301)).unwrap());
        catalog.finish_job(job, JobState::Success, None, None, &[], at(362)).unwrap();
        (top, catalog)
    }

    fn ask(catalog: &Catalog, table: Table, fields: &[(&str, &str)]) -> Vec<Map<String, Json>> {
        let query = HistoryQuery::parse(table, fields.iter().copied()).unwrap();
        let told = catalog.ask_history(&query, Counted::Yes).unwrap();
        assert!(told.total.unwrap() >= told.rows.len() as u64);
        told.rows
    }

    #[test]
    fn every_table_has_its_columns_and_every_column_takes_every_condition_of_its_kind() {
        let (_top, catalog) = filled();
        for table in Table::ALL {
            let rows = ask(&catalog, table, &[]);
            assert!(table == Table::AnomalyAlerts || !rows.is_empty(), "{table:?}");
            for column in table.columns() {
                assert!(rows.iter().all(|row| row.contains_key(column.name)), "{table:?} {}", column.name);
                let value = match column.kind {
                    Kind::Integer => "1",
                    Kind::Real => "0.5",
                    Kind::Time => "2023-11-14T22:13:20Z",
                    Kind::Truth => "true",
                    Kind::Text | Kind::Json => "' OR 1=1 --",
                };
                for operator in ["eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "not.eq"] {
                    ask(&catalog, table, &[(column.name, &format!("{operator}.{value}"))]);
                }
                ask(&catalog, table, &[(column.name, "is.null"), ("order", &format!("{}.desc", column.name))]);
                ask(&catalog, table, &[(column.name, &format!("in.({value},{value})"))]);
            }
        }
    }

    #[test]
    fn conditions_choose_rows_and_values_are_told_in_their_kind() {
        let (_top, catalog) = filled();
        let count = |fields: &[(&str, &str)]| ask(&catalog, Table::Jobs, fields).len();
        assert_eq!(count(&[("status", "eq.ok")]), 3, "done with warnings is done");
        assert_eq!(count(&[("status", "not.eq.ok")]), 1);
        assert_eq!(count(&[("status", "in.(ok,failed)"), ("type", "like.verify%")]), 2);
        assert_eq!(count(&[("type", "like.VERIFY*")]), 0);
        assert_eq!(count(&[("type", "ilike.VERIFY*")]), 2);
        assert_eq!(count(&[("error", "not.is.null")]), 1);
        assert_eq!(count(&[("queued", "gte.2023-11-14T22:15:00Z")]), 3);
        assert_eq!(count(&[("order", "id.asc"), ("limit", "2"), ("offset", "3")]), 1);
        let failed = &ask(&catalog, Table::Jobs, &[("status", "eq.failed"), ("select", "error,queued")])[0];
        assert_eq!(
            Json::from(failed.clone()),
            serde_json::json!({ "error": "it's \"odd\"", "queued": "2023-11-14T22:15:00Z" })
        );
        let shot = &ask(&catalog, Table::Snapshots, &[("host", "eq.pi")])[0];
        assert_eq!((shot["slot"].as_str(), shot["suspect"].as_bool()), (Some("2026-03-06_0800"), Some(false)));
        assert_eq!(shot["change_ratio"].as_f64(), Some(0.5));
        assert_eq!(ask(&catalog, Table::JobHosts, &[])[0]["host"], "pi");
        let steps = ask(&catalog, Table::TaskRun, &[("order", "dt_step_start.asc")]);
        assert_eq!((steps.len(), steps[0].len(), steps[0]["time_elapsed"].as_str()), (1, 11, Some("00:01:01")));
        assert_eq!(steps[0]["dt_step_start"], "2023-11-14T22:18:21Z");
    }
}
