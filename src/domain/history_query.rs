//! A question to the history, as programs that know PostgREST ask it: `status=eq.failed&order=started.desc&limit=10`.
//!
//! Invariant: what comes from outside are values, and names that stand in `history_tables`. A name that is not there is
//! refused, and values are never part of a statement.
use jiff::Timestamp;

use super::history_tables::{Column, Kind, Table};

/// Most rows of one answer.
pub const MOST_ROWS: u64 = 1000;
/// More conditions than this ask nothing sensible.
const MOST_CONDITIONS: usize = 20;
const MOST_VALUES: usize = 100;

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Eq,
    Neq,
    Gt,
    Gte,
    Lt,
    Lte,
    Like,
    ILike,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Integer(i64),
    Real(f64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    Compared(Comparison, Value),
    In(Vec<Value>),
    IsNull,
    IsTruth(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Negated {
    Yes,
    No,
}

#[derive(Debug, Clone)]
pub struct Condition {
    pub column: Column,
    pub negated: Negated,
    pub test: Test,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    First,
    Last,
}

#[derive(Debug, Clone)]
pub struct Sorting {
    pub column: Column,
    pub direction: Direction,
    pub nulls: Nulls,
}

/// The whole question.
#[derive(Debug, Clone)]
pub struct HistoryQuery {
    pub table: Table,
    pub columns: Vec<Column>,
    pub conditions: Vec<Condition>,
    pub order: Vec<Sorting>,
    pub limit: u64,
    pub offset: u64,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadQuery {
    #[error("{table} has no column {name:?}")]
    Column { table: &'static str, name: String },
    #[error("{0:?} is no condition: write column=eq.value")]
    Condition(String),
    #[error("{value:?} is no value of {column}")]
    Value { column: &'static str, value: String },
    #[error("{0:?} is no order: write order=column.desc")]
    Order(String),
    #[error("{name}={value:?} is no number")]
    Number { name: &'static str, value: String },
    #[error("there are too many conditions or values")]
    TooMany,
}

impl HistoryQuery {
    /// Of the fields of an address, decoded. `limit` and `offset` of a `Range` header are set by the caller.
    pub fn parse<'a>(table: Table, fields: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, BadQuery> {
        let columns = table.columns().to_vec();
        let (limit, order) = (MOST_ROWS, Vec::new());
        let mut query = HistoryQuery { table, columns, conditions: Vec::new(), order, limit, offset: 0 };
        for (name, value) in fields {
            match name {
                "" => {}
                "select" => query.columns = selected(table, value)?,
                "order" => query.order = value.split(',').map(|part| sorting(table, part)).collect::<Result<_, _>>()?,
                "limit" => query.limit = number("limit", value)?.min(MOST_ROWS),
                "offset" => query.offset = number("offset", value)?,
                _ => query.conditions.push(condition(column_of(table, name)?, value)?),
            }
        }
        if query.conditions.len() > MOST_CONDITIONS || query.order.len() > MOST_CONDITIONS {
            return Err(BadQuery::TooMany);
        }
        Ok(query)
    }
}

fn column_of(table: Table, name: &str) -> Result<Column, BadQuery> {
    let found = table.columns().iter().find(|column| column.name == name).copied();
    found.ok_or_else(|| BadQuery::Column { table: table.name(), name: name.to_owned() })
}

fn selected(table: Table, text: &str) -> Result<Vec<Column>, BadQuery> {
    if text == "*" || text.is_empty() {
        return Ok(table.columns().to_vec());
    }
    let mut chosen = Vec::new();
    for name in text.split(',') {
        let column = column_of(table, name.trim())?;
        if !chosen.iter().any(|other: &Column| other.name == column.name) {
            chosen.push(column);
        }
    }
    Ok(chosen)
}

fn sorting(table: Table, text: &str) -> Result<Sorting, BadQuery> {
    let mut parts = text.trim().split('.');
    let column = column_of(table, parts.next().unwrap_or_default())?;
    let mut direction = Direction::Ascending;
    let mut nulls = None;
    for part in parts {
        match part {
            "asc" => direction = Direction::Ascending,
            "desc" => direction = Direction::Descending,
            "nullsfirst" => nulls = Some(Nulls::First),
            "nullslast" => nulls = Some(Nulls::Last),
            _ => return Err(BadQuery::Order(text.to_owned())),
        }
    }
    // As PostgreSQL does it.
    let usual = if direction == Direction::Descending { Nulls::First } else { Nulls::Last };
    Ok(Sorting { column, direction, nulls: nulls.unwrap_or(usual) })
}

fn number(name: &'static str, value: &str) -> Result<u64, BadQuery> {
    // What is beyond all numbers is beyond all rows, too.
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let most = i64::MAX.unsigned_abs();
    if digits {
        Ok(value.parse().unwrap_or(most).min(most))
    } else {
        Err(BadQuery::Number { name, value: value.to_owned() })
    }
}

fn condition(column: Column, text: &str) -> Result<Condition, BadQuery> {
    let (negated, rest) = match text.strip_prefix("not.") {
        Some(rest) => (Negated::Yes, rest),
        None => (Negated::No, text),
    };
    let odd = || BadQuery::Condition(text.to_owned());
    let (operator, value) = rest.split_once('.').ok_or_else(odd)?;
    let test = match operator {
        "in" => {
            let list = value.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).ok_or_else(odd)?;
            let values = listed(list).ok_or_else(odd)?;
            if values.len() > MOST_VALUES {
                return Err(BadQuery::TooMany);
            }
            Test::In(values.iter().map(|value| typed(column, value)).collect::<Result<_, _>>()?)
        }
        "is" => match value.to_ascii_lowercase().as_str() {
            "null" => Test::IsNull,
            "true" if column.kind == Kind::Truth => Test::IsTruth(1),
            "false" if column.kind == Kind::Truth => Test::IsTruth(0),
            _ => return Err(odd()),
        },
        "like" | "ilike" => {
            // PostgREST takes * in place of %, so that nobody needs to encode it.
            let pattern = Value::Text(value.replace('*', "%"));
            Test::Compared(if operator == "like" { Comparison::Like } else { Comparison::ILike }, pattern)
        }
        _ => Test::Compared(comparison(operator).ok_or_else(odd)?, typed(column, value)?),
    };
    Ok(Condition { column, negated, test })
}

fn comparison(operator: &str) -> Option<Comparison> {
    Some(match operator {
        "eq" => Comparison::Eq,
        "neq" => Comparison::Neq,
        "gt" => Comparison::Gt,
        "gte" => Comparison::Gte,
        "lt" => Comparison::Lt,
        "lte" => Comparison::Lte,
        _ => return None,
    })
}

/// Values with commas between them; one in quotes may hold commas, and `\"` in them is a quote.
fn listed(text: &str) -> Option<Vec<String>> {
    let (mut all, mut one, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted = !quoted,
            '\\' if quoted => one.push(letters.next()?),
            ',' if !quoted => all.push(std::mem::take(&mut one)),
            _ => one.push(letter),
        }
    }
    all.push(one);
    (!quoted).then_some(all)
}

fn typed(column: Column, text: &str) -> Result<Value, BadQuery> {
    let odd = || BadQuery::Value { column: column.name, value: text.to_owned() };
    Ok(match column.kind {
        Kind::Integer => Value::Integer(text.parse().map_err(|_| odd())?),
        Kind::Real => Value::Real(text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(odd)?),
        Kind::Text | Kind::Json => Value::Text(text.to_owned()),
        Kind::Time => Value::Integer(text.parse::<Timestamp>().map_err(|_| odd())?.as_millisecond()),
        Kind::Truth => match text {
            "true" | "1" => Value::Integer(1),
            "false" | "0" => Value::Integer(0),
            _ => return Err(odd()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fields: &[(&str, &str)]) -> Result<HistoryQuery, BadQuery> {
        HistoryQuery::parse(Table::Jobs, fields.iter().copied())
    }

    #[test]
    fn a_question_is_understood_as_postgrest_does() {
        let query = parse(&[
            ("select", "id,status"),
            ("status", "not.in.(failed,\"a,b\",\"x\\\"y\")"),
            ("started", "gte.2026-11-30T01:00:00+01:00"),
            ("plan", "ilike.week*"),
            ("error", "is.null"),
            ("order", "started.desc,id.asc.nullsfirst"),
            ("limit", "7"),
            ("offset", "99999999999999999999999999"),
        ])
        .unwrap();
        assert_eq!(query.columns.iter().map(|column| column.name).collect::<Vec<_>>(), ["id", "status"]);
        assert_eq!(query.conditions[0].negated, Negated::Yes);
        let text = |text: &str| Value::Text(text.into());
        assert_eq!(query.conditions[0].test, Test::In(vec![text("failed"), text("a,b"), text("x\"y")]));
        assert_eq!(query.conditions[1].test, Test::Compared(Comparison::Gte, Value::Integer(1_795_996_800_000)));
        assert_eq!(query.conditions[2].test, Test::Compared(Comparison::ILike, text("week%")));
        assert_eq!(query.conditions[3].test, Test::IsNull);
        assert_eq!((query.order[0].direction, query.order[0].nulls), (Direction::Descending, Nulls::First));
        assert_eq!(query.order[1].nulls, Nulls::First);
        assert_eq!((query.limit, query.offset), (7, i64::MAX.unsigned_abs()));
    }

    #[test]
    fn what_is_no_name_no_operator_or_no_value_is_refused() {
        for bad in [
            ("seq", "eq.1"),
            ("id;drop table jobs", "eq.1"),
            ("id", "1"),
            ("id", "eq.x"),
            ("id", "eq.1 OR 1=1"),
            ("id", "between.1"),
            ("id", "in.1,2"),
            ("status", "in.(\"open)"),
            ("status", "is.true"),
            ("started", "gt.yesterday"),
            ("select", "id,password"),
            ("select", "count(*)"),
            ("order", "id.desc;--"),
            ("order", "rowid"),
            ("limit", "-1"),
            ("limit", ""),
            ("offset", "1e3"),
            ("or", "(id.eq.1,id.eq.2)"),
        ] {
            assert!(parse(&[bad]).is_err(), "{bad:?}");
        }
        let many: Vec<_> = (0..40).map(|_| ("id", "eq.1")).collect();
        assert_eq!(parse(&many).map(drop), Err(BadQuery::TooMany));
    }
}
