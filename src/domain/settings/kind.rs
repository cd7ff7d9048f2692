//! What values a key takes: its kind, its range, and the message when the file has another value.
use serde_json::Value;
use toml::de::DeValue;

use super::mistake::Rule;

/// A rule of a text: what is wrong with it, in a sentence part.
pub type TextRule = fn(&str) -> Result<(), String>;

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A whole path, from `/`.
    Path,
    Flag,
    /// `least` to `most`, both included.
    Whole {
        least: u64,
        most: u64,
    },
    Number {
        least: f64,
        most: f64,
    },
    /// One number, and what is said of every other.
    Only {
        value: u64,
        else_say: &'static str,
    },
    OneOf(&'static [&'static str]),
    Text {
        rule: TextRule,
        code: Rule,
    },
    /// A list of texts that each keep the rule.
    Texts {
        rule: TextRule,
        code: Rule,
    },
    /// Program and arguments.
    Command,
    /// Program and arguments, or a line for the shell.
    CommandOrLine,
}

/// Why a value is refused.
pub type Refusal = (Rule, String);

impl Kind {
    /// The value as it counts, or why it does not.
    pub fn read(&self, found: &DeValue<'_>) -> Result<Value, Refusal> {
        match (self, found) {
            (Kind::Path, DeValue::String(text)) => path(text),
            (Kind::Flag, DeValue::Boolean(flag)) => Ok(Value::Bool(*flag)),
            (Kind::Whole { least, most }, DeValue::Integer(digits)) => {
                let value = i128::from_str_radix(&digits.as_str().replace('_', ""), digits.radix());
                let fits =
                    value.ok().and_then(|value| u64::try_from(value).ok()).filter(|v| (*least..=*most).contains(v));
                fits.map(Value::from)
                    .ok_or_else(|| (Rule::OutOfRange, format!("{digits} is not within {least} to {most}")))
            }
            (Kind::Number { least, most }, DeValue::Integer(_) | DeValue::Float(_)) => {
                let text = match found {
                    DeValue::Integer(digits) if digits.radix() == 10 => digits.to_string(),
                    DeValue::Float(digits) => digits.to_string(),
                    _ => String::new(),
                };
                let value = text.replace('_', "").parse::<f64>().ok().filter(|value| (*least..=*most).contains(value));
                value.map(Value::from).ok_or_else(|| {
                    let given = if text.is_empty() { "this".to_owned() } else { text };
                    (Rule::OutOfRange, format!("{given} is not within {least} to {most}"))
                })
            }
            (Kind::Only { value, else_say }, DeValue::Integer(digits)) => {
                let is_it = digits.radix() == 10 && digits.as_str().parse() == Ok(*value);
                if is_it { Ok(Value::from(*value)) } else { Err((Rule::OutOfRange, (*else_say).to_owned())) }
            }
            (Kind::OneOf(words), DeValue::String(text)) => match words.contains(&text.as_ref()) {
                true => Ok(Value::from(text.as_ref())),
                false => Err((Rule::OutOfRange, format!("\"{text}\" is none of {}", words.join(", ")))),
            },
            (Kind::Text { rule, code }, DeValue::String(text)) => {
                rule(text).map(|()| Value::from(text.as_ref())).map_err(|why| (*code, why))
            }
            (Kind::Texts { rule, code }, DeValue::Array(items)) => {
                let items = items.iter().map(|item| {
                    let text = item.get_ref().as_str().ok_or_else(|| self.other_type(item.get_ref()))?;
                    rule(text).map(|()| Value::from(text)).map_err(|why| (*code, why))
                });
                items.collect::<Result<Vec<_>, _>>().map(Value::from)
            }
            (Kind::CommandOrLine, DeValue::String(line)) => match line.trim().is_empty() || line.contains('\0') {
                true => Err((Rule::HookNotExecutable, "this line runs nothing".into())),
                false => Ok(Value::from(line.as_ref())),
            },
            (Kind::CommandOrLine, DeValue::Array(items)) if items.is_empty() => {
                Err((Rule::HookNotExecutable, "the first word must name a program".into()))
            }
            (Kind::Command | Kind::CommandOrLine, DeValue::Array(items)) => {
                let words: Option<Vec<&str>> = items.iter().map(|item| item.get_ref().as_str()).collect();
                match words {
                    Some(words) if words.iter().any(|word| word.contains('\0')) || words.first() == Some(&"") => {
                        Err((Rule::HookNotExecutable, "the first word must name a program".into()))
                    }
                    Some(words) => Ok(Value::from(words)),
                    None => Err(self.other_type(found)),
                }
            }
            _ => Err(self.other_type(found)),
        }
    }

    fn other_type(&self, found: &DeValue<'_>) -> Refusal {
        let found = match found {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date without quotes",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a section",
        };
        (Rule::BadType, format!("this wants {}, not {found}", self.wants()))
    }

    /// "true or false"
    pub fn wants(&self) -> String {
        match self {
            Kind::Path => "a path in quotes".into(),
            Kind::Flag => "true or false".into(),
            Kind::Whole { least, most } => format!("a whole number from {least} to {most}"),
            Kind::Number { least, most } => format!("a number from {least} to {most}"),
            Kind::Only { value, .. } => format!("the number {value}"),
            Kind::OneOf(words) => format!("one of {}, in quotes", words.join(", ")),
            Kind::Text { .. } => "a text in quotes".into(),
            Kind::Texts { .. } => "a list of texts, like [\"one\", \"two\"]".into(),
            Kind::Command => "a list: the program, then its arguments".into(),
            Kind::CommandOrLine => "a list of the program and its arguments, or a line for the shell in quotes".into(),
        }
    }
}

/// The rule of a type that is parsed from a text.
pub fn is<T: TryFrom<String, Error = String>>(text: &str) -> Result<(), String> {
    T::try_from(text.to_owned()).map(drop)
}

/// Takes absolute paths alone: a relative one would depend on the folder in which the program was started.
fn path(text: &str) -> Result<Value, Refusal> {
    if text.contains('\0') || !text.starts_with('/') {
        return Err((
            Rule::BadName,
            "this path does not begin with /: write it in full, like /media/usb/backups".into(),
        ));
    }
    Ok(Value::from(text))
}
