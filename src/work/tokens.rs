//! Tokens of programs: made, listed and revoked. The text of a token is told once, to whom it was made for.
use std::io;

use jiff::Timestamp;
use serde::Serialize;

use super::Tools;
use crate::base::random;
use crate::catalog;
use crate::domain::api_token::{Right, ShownToken, TokenName, TokenRecord};
use crate::domain::failure::{Advice, Code};

/// More programs than this ask no camera.
const MOST: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is a token {0} already")]
    Taken(TokenName),
    #[error("there is no token {0}")]
    None(TokenName),
    #[error("there are {MOST} tokens already")]
    TooMany,
    #[error("the kernel gave no random bytes")]
    Random(#[source] io::Error),
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Taken(_) | Error::TooMany => Code::Protected,
            Error::None(_) => Code::NotFound,
            Error::Random(_) => Code::Failed,
            Error::Catalog(error) => error.code(),
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Taken(_) => {
                "Choose another name, or remove that token first; whoever has it is then shut out.".into()
            }
            Error::None(_) => "`allsky-backups tokens list` and the page Tokens show all of them.".into(),
            Error::TooMany => "Remove those that nobody uses any more.".into(),
            Error::Random(_) => "Check that /dev/urandom is there.".into(),
            Error::Catalog(error) => error.advice(),
        }
    }
}

/// A token that was just made. Its text is nowhere else.
#[derive(Debug, Serialize)]
pub struct MadeToken {
    pub name: TokenName,
    pub right: Right,
    pub made_at: Timestamp,
    pub token: String,
}

pub fn add(tools: &Tools, name: &TokenName, right: Right) -> Result<MadeToken, Error> {
    if tools.catalog.tokens()?.len() >= MOST {
        return Err(Error::TooMany);
    }
    let (shown, token) = ShownToken::of(&random::bytes().map_err(Error::Random)?);
    let made_at = (tools.now)().timestamp();
    if !tools.catalog.add_token(&shown, name, right, made_at)? {
        return Err(Error::Taken(name.clone()));
    }
    Ok(MadeToken { name: name.clone(), right, made_at, token })
}

/// All, by name, without their secrets.
pub fn list(tools: &Tools) -> Result<Vec<TokenRecord>, Error> {
    Ok(tools.catalog.tokens()?.into_iter().map(|known| known.record).collect())
}

/// From the next request on it opens nothing; streams end within seconds.
pub fn remove(tools: &Tools, name: &TokenName) -> Result<(), Error> {
    if tools.catalog.remove_token(name)? { Ok(()) } else { Err(Error::None(name.clone())) }
}
