//! Random folders, backed up, imported under another name and given back.
use crate::dice::Dice;
use crate::support::random_tree;
use crate::support::rig::Rig;
use crate::{Outcome, Scale};

pub fn come_back(scale: Scale, dice: &mut Dice) -> Outcome {
    let rig = Rig::new();
    let count = scale.of(2000);
    let first = dice.roll() >> 24;
    let things: usize = (first..).take(count).map(|seed| random_tree::holds(&rig, seed)).sum();
    Outcome { count, remark: format!("{things} files, folders and links, seeds from {first}") }
}
