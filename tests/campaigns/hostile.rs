//! Archives made to deceive.
use crate::dice::Dice;
use crate::{Outcome, Scale};

pub fn refused(_: Scale, _: &mut Dice) -> Outcome {
    Outcome { count: 0, remark: String::new() }
}
