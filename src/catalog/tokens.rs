//! Tokens of programs, by a hash of their secrets. A catalog that was put aside takes them along: then no token opens
//! anything until a new one is made.
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::columns::from_millis;
use super::{Catalog, Error};
use crate::base::digest::Sha256;
use crate::domain::api_token::{Right, ShownToken, TokenId, TokenName, TokenRecord};

/// How exactly it is known when a token was used last: a program that asks each second writes once a minute.
const USED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A token with what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownToken {
    pub id: TokenId,
    pub digest: Sha256,
    pub record: TokenRecord,
}

impl Catalog {
    /// False when there is one of that name.
    pub fn add_token(&self, token: &ShownToken, name: &TokenName, right: Right, at: Timestamp) -> Result<bool, Error> {
        let added = self.connection().execute(
            "INSERT INTO tokens (id, name, rights, digest, made_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
            params![token.id.as_str(), name.as_str(), right.word(), token.digest.to_string(), at.as_millisecond()],
        )?;
        Ok(added > 0)
    }

    /// False when there is none of that name.
    pub fn remove_token(&self, name: &TokenName) -> Result<bool, Error> {
        Ok(self.connection().execute("DELETE FROM tokens WHERE name = ?1", [name.as_str()])? > 0)
    }

    /// All, by name.
    pub fn tokens(&self) -> Result<Vec<KnownToken>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT * FROM tokens ORDER BY name")?;
        let rows = query.query_map([], read_token)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn token(&self, id: &TokenId) -> Result<Option<KnownToken>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT * FROM tokens WHERE id = ?1")?;
        Ok(query.query_row([id.as_str()], read_token).optional()?)
    }

    /// Notes that `token` was used, when that is not known to the minute already.
    pub fn token_was_used(&self, token: &KnownToken, at: Timestamp) -> Result<(), Error> {
        let last = token.record.last_used_at;
        if last.is_some_and(|last| at.duration_since(last).abs() < USED_EVERY) {
            return Ok(());
        }
        self.connection().execute(
            "UPDATE tokens SET last_used_at = ?2 WHERE id = ?1",
            params![token.id.as_str(), at.as_millisecond()],
        )?;
        Ok(())
    }
}

fn read_token(row: &Row) -> rusqlite::Result<KnownToken> {
    let bad = |why: String| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, why.into());
    let text = |column: &str| row.get::<_, String>(column);
    let digest = Sha256::parse_hex(text("digest")?.as_bytes()).ok_or_else(|| bad("it is no digest".to_owned()))?;
    Ok(KnownToken {
        id: TokenId::of(text("id")?),
        digest,
        record: TokenRecord {
            name: text("name")?.parse().map_err(bad)?,
            right: text("rights")?.parse().map_err(bad)?,
            made_at: from_millis(row.get("made_at")?),
            last_used_at: row.get::<_, Option<i64>>("last_used_at")?.map(from_millis),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn a_token_has_a_name_of_its_own_and_is_gone_when_it_is_removed() {
        let (_top, catalog) = catalog();
        let (token, _) = ShownToken::of(&[1; 40]);
        let (other, _) = ShownToken::of(&[2; 40]);
        let name: TokenName = "grafana".parse().unwrap();
        assert!(catalog.add_token(&token, &name, Right::Read, at(0)).unwrap());
        assert!(!catalog.add_token(&other, &name, Right::Admin, at(1)).unwrap(), "the name is taken");
        let known = catalog.token(&token.id).unwrap().unwrap();
        assert_eq!((known.digest, known.record.right), (token.digest, Right::Read));
        assert_eq!(catalog.tokens().unwrap(), [known]);
        assert!(catalog.token(&other.id).unwrap().is_none());
        assert!(catalog.remove_token(&name).unwrap() && !catalog.remove_token(&name).unwrap());
        assert!(catalog.token(&token.id).unwrap().is_none());
    }

    #[test]
    fn the_last_use_is_known_to_the_minute_whatever_the_clock_does() {
        let (_top, catalog) = catalog();
        let (token, _) = ShownToken::of(&[1; 40]);
        catalog.add_token(&token, &"a".parse().unwrap(), Right::Run, at(0)).unwrap();
        let used = |second| {
            let known = catalog.token(&token.id).unwrap().unwrap();
            catalog.token_was_used(&known, at(second)).unwrap();
            catalog.token(&token.id).unwrap().unwrap().record.last_used_at.unwrap()
        };
        assert_eq!([used(5), used(30), used(66), used(-500)], [at(5), at(5), at(66), at(-500)]);
    }
}
