//! Parts of lists: how many items, and behind which one.
//!
//! Invariant: a cursor names its list and the last item that was told, never a place in the list, so that nothing is
//! told twice or left out while items come and go.
use serde::Serialize;

use crate::api::list::Items;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;

const USUAL: usize = 50;
const MOST: usize = 500;

/// The part that is asked for.
#[derive(Debug)]
pub struct Page {
    list: &'static str,
    pub limit: usize,
    /// The last item of the part before.
    pub behind: Option<String>,
}

impl Page {
    /// From `limit` and `cursor` of a query. More than 500 are 500.
    pub fn of(list: &'static str, query: &str) -> Result<Page, HttpError> {
        let limit = match text(query, "limit")? {
            None => USUAL,
            Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().unwrap_or(MOST).clamp(1, MOST)
            }
            Some(odd) => {
                return Err(HttpError::usage(format!("limit={odd} is no number"), "Write a number from 1 to 500."));
            }
        };
        let behind = match text(query, "cursor")? {
            None => None,
            Some(cursor) => match cursor.split_once(':') {
                Some((of, key)) if of == list => Some(key.to_owned()),
                _ => return Err(odd_cursor()),
            },
        };
        Ok(Page { list, limit, behind })
    }

    /// The cursor of what follows the item with this key.
    pub fn cursor(&self, key: &str) -> String {
        format!("{}:{key}", self.list)
    }

    /// [`Page::behind`] as the number of a row.
    pub fn row(&self) -> Result<Option<i64>, HttpError> {
        self.behind.as_deref().map(|key| key.parse().map_err(|_| odd_cursor())).transpose()
    }
}

/// The part of `items` that `page` asks for. `key` is another one for each item.
pub fn paged<T: Serialize>(items: Vec<T>, page: &Page, key: impl Fn(&T) -> String) -> Result<Items<Vec<T>>, HttpError> {
    let from = match &page.behind {
        None => 0,
        Some(behind) => items.iter().position(|item| key(item) == *behind).map(|at| at + 1).ok_or_else(gone)?,
    };
    let is_last = items.len() - from <= page.limit;
    let part: Vec<T> = items.into_iter().skip(from).take(page.limit).collect();
    let next = part.last().filter(|_| !is_last).map(|last| page.cursor(&key(last)));
    Ok(Items::part(part, next))
}

/// A field of a query that must be text.
pub fn text(query: &str, name: &str) -> Result<Option<String>, HttpError> {
    let found = query::field(query, name).filter(|bytes| !bytes.is_empty());
    found.map(String::from_utf8).transpose().map_err(|_| {
        HttpError::usage(format!("{name} is no UTF-8 text"), "Encode it as UTF-8, and what is no letter as %XX.")
    })
}

/// [`text`] as a value of another type.
pub fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(query: &str, name: &str) -> Result<Option<T>, HttpError> {
    let found = text(query, name)?;
    let odd = |why: T::Err| HttpError::usage(format!("{name}: {why}"), "Correct it, or leave it out.");
    found.map(|text| text.parse().map_err(odd)).transpose()
}

fn odd_cursor() -> HttpError {
    let advice = "Send the value of next of the answer before, or leave it out to begin anew.";
    HttpError::usage("This cursor is none of this list", advice)
}

fn gone() -> HttpError {
    let advice = "Leave the cursor out and begin anew.";
    HttpError::usage("The item that this cursor names is gone from the list", advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_told_once_however_large_the_parts_are() {
        for limit in [1, 2, 3, 7, 8, 500] {
            let (mut seen, mut query) = (Vec::new(), format!("limit={limit}"));
            loop {
                let page = Page::of("things", &query).unwrap();
                let part = paged((0..7).collect(), &page, |n: &i32| n.to_string()).unwrap();
                let told = serde_json::to_value(&part).unwrap();
                seen.extend(part.items);
                let Some(next) = told["next"].as_str() else { break };
                query = format!("limit={limit}&cursor={next}");
            }
            assert_eq!(seen, (0..7).collect::<Vec<_>>(), "{limit}");
        }
    }

    #[test]
    fn what_is_no_number_and_no_cursor_of_the_list_is_refused() {
        let limit = |query: &str| Page::of("things", query).map(|page| page.limit).ok();
        assert_eq!([limit(""), limit("limit="), limit("limit=0")], [Some(50), Some(50), Some(1)]);
        assert_eq!([limit("limit=501"), limit("limit=99999999999999999999999")], [Some(500); 2]);
        for bad in ["limit=-1", "limit=1e3", "limit=%ff", "limit=x", "cursor=others:3", "cursor=3", "cursor=%ff"] {
            assert!(Page::of("things", bad).is_err(), "{bad}");
        }
        let gone = Page::of("things", "cursor=things:nothing").unwrap();
        assert!(paged(vec![1], &gone, |n: &i32| n.to_string()).is_err());
        assert!(gone.row().is_err());
    }
}
