//! Tokens of programs at the door: what a request shows, whether it opens, and how often strangers may guess.
//!
//! Invariant: a good token is let in however many bad ones are shown beside it; a bad one is answered late, and where
//! there are many at once without a look into the history. Neither is printed.
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::{self, HeaderMap};
use jiff::Timestamp;
use subtle::ConstantTimeEq as _;

use crate::catalog::{Catalog, Error, KnownToken};
use crate::domain::api_token::{ShownToken, TokenId};

/// Guesses of one peer, and of all together, within [`WINDOW`].
const OF_ONE: u32 = 10;
const OF_ALL: u32 = 100;
const WINDOW: Duration = Duration::from_secs(60);
/// For how long tokens that were read serve while strangers guess.
const FRESH: Duration = Duration::from_secs(1);

/// What a request shows as a token, good or bad.
pub fn shown(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION);
    let (kind, text) = all.next()?.to_str().ok()?.split_once(' ')?;
    // Of two, no one could say which is meant.
    (kind.eq_ignore_ascii_case("bearer") && all.next().is_none()).then(|| text.trim())
}

#[derive(Debug)]
pub enum Verdict {
    Opens(KnownToken),
    Wrong,
    /// Of too many guesses.
    TooMany,
}

pub struct ApiTokens {
    catalog: Arc<Catalog>,
    guesses: Mutex<Guesses>,
    read: Mutex<Option<(Instant, Vec<KnownToken>)>>,
}

#[derive(Default)]
struct Guesses {
    since: Option<Instant>,
    all: u32,
    /// `None` = behind a web server, where all peers are one.
    by_peer: HashMap<Option<IpAddr>, u32>,
}

impl ApiTokens {
    pub fn new(catalog: Arc<Catalog>) -> Self {
        ApiTokens { catalog, guesses: Mutex::default(), read: Mutex::default() }
    }

    /// Whether `text` opens. It may wait for the disk.
    pub fn judge(&self, text: &str, peer: Option<IpAddr>) -> Result<Verdict, Error> {
        let flooded = self.guesses().are_too_many(peer);
        let shown = ShownToken::parse(text);
        let known = match &shown {
            None => None,
            Some(shown) if flooded => self.remembered(&shown.id)?,
            Some(shown) => self.catalog.token(&shown.id)?,
        };
        // A token of that name is looked for in any case, and the time that this takes tells nothing of the secret.
        let opens = shown.zip(known).filter(|(shown, known)| shown.digest.0.ct_eq(&known.digest.0).into());
        Ok(match opens {
            Some((_, known)) => Verdict::Opens(known),
            None if flooded => Verdict::TooMany,
            None => {
                self.guesses().count(peer);
                Verdict::Wrong
            }
        })
    }

    /// Whether a token that opened would still do so.
    pub fn still_opens(&self, token: &KnownToken) -> Result<bool, Error> {
        Ok(self.catalog.token(&token.id)?.is_some_and(|known| known.digest == token.digest))
    }

    /// Writes down that `token` was used; what keeps it from that is only told in the log.
    pub fn was_used(&self, token: &KnownToken, at: Timestamp) {
        if let Err(why) = self.catalog.token_was_used(token, at) {
            tracing::warn!("it was not written down that the token {} was used: {why}", token.record.name);
        }
    }

    fn remembered(&self, id: &TokenId) -> Result<Option<KnownToken>, Error> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.as_ref().is_none_or(|(at, _)| at.elapsed() > FRESH) {
            *read = Some((Instant::now(), self.catalog.tokens()?));
        }
        Ok(read.as_ref().and_then(|(_, all)| all.iter().find(|token| token.id == *id)).cloned())
    }

    fn guesses(&self) -> std::sync::MutexGuard<'_, Guesses> {
        self.guesses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guesses {
    fn are_too_many(&mut self, peer: Option<IpAddr>) -> bool {
        if self.since.is_none_or(|since| since.elapsed() > WINDOW) {
            *self = Guesses { since: Some(Instant::now()), ..Guesses::default() };
        }
        self.all >= OF_ALL || self.by_peer.get(&peer).is_some_and(|count| *count >= OF_ONE)
    }

    /// At most [`OF_ALL`] in one window, so the map stays small.
    fn count(&mut self, peer: Option<IpAddr>) {
        self.all += 1;
        *self.by_peer.entry(peer).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api_token::Right;
    use actix_web::http::header::HeaderValue;

    fn tokens() -> (tempfile::TempDir, ApiTokens, String) {
        let top = tempfile::tempdir().unwrap();
        let catalog = Arc::new(Catalog::open(&top.path().join("catalog.db")).unwrap());
        let (token, text) = ShownToken::of(&[7; 40]);
        catalog.add_token(&token, &"a".parse().unwrap(), Right::Read, Timestamp::UNIX_EPOCH).unwrap();
        (top, ApiTokens::new(catalog), text)
    }

    #[test]
    fn strangers_may_guess_a_few_times_and_shut_nobody_out() {
        let (_top, tokens, text) = tokens();
        let of = |last: u8| Some(IpAddr::from([192, 168, 1, last]));
        let (_, guess) = ShownToken::of(&[8; 40]);
        let half = format!("{}{}", &text[..30], &guess[30..]);
        let judge = |text: &str, peer| tokens.judge(text, peer).unwrap();
        for n in 0..OF_ONE {
            let guess = [guess.as_str(), half.as_str(), "x"][n as usize % 3];
            assert!(matches!(judge(guess, of(1)), Verdict::Wrong), "{n}");
        }
        assert!(matches!(judge(&guess, of(1)), Verdict::TooMany));
        assert!(matches!(judge(&text, of(1)), Verdict::Opens(_)), "also from there");
        assert!(matches!(judge(&guess, of(2)), Verdict::Wrong), "another peer");
        for n in 0..OF_ALL {
            judge(&guess, of(u8::try_from(100 + n / OF_ONE).unwrap()));
        }
        assert!(matches!(judge(&guess, of(3)), Verdict::TooMany), "all together");
        let Verdict::Opens(known) = judge(&text, of(3)) else { panic!() };
        assert!(tokens.still_opens(&known).unwrap());
        tokens.catalog.remove_token(&known.record.name).unwrap();
        assert!(!tokens.still_opens(&known).unwrap());
    }

    #[test]
    fn one_bearer_is_a_token_and_nothing_else_is() {
        let among = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            lines.iter().for_each(|line| headers.append(header::AUTHORIZATION, HeaderValue::from_str(line).unwrap()));
            shown(&headers).map(str::to_owned)
        };
        assert_eq!(among(&["Bearer abc"]), Some("abc".into()));
        assert_eq!(among(&["bearer  abc "]), Some("abc".into()));
        for none in [&[][..], &["Basic YTpi"], &["Bearer"], &["Bearer a", "Bearer b"], &["Bearer a", "Basic YTpi"]] {
            assert_eq!(among(none), None, "{none:?}");
        }
    }
}
