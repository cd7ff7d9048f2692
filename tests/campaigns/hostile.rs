//! Archives made to deceive are refused, each with a sentence of its own, and nothing of them stays.
use std::collections::HashSet;
use std::fs;

use serde_json::json;

use crate::dice::Dice;
use crate::support::hostile;
use crate::support::terminal::Terminal;
use crate::{Outcome, Scale};

/// Every one; through the real program in full, every third of them otherwise.
pub fn refused(scale: Scale, _: &mut Dice) -> Outcome {
    let terminal = Terminal::new();
    terminal.ask("create config --sections none");
    let before = terminal.kept();
    let cases = hostile::all();
    let step = match scale {
        Scale::Full => 1,
        Scale::Tenth => 3,
    };
    let (mut count, mut rules, mut sentences) = (0, HashSet::new(), HashSet::new());
    for case in cases.iter().step_by(step) {
        fs::write(terminal.path("gift.tar.gz"), &case.bytes).unwrap();
        let error = terminal.refuse("import gift.tar.gz", 1);
        let message = error["message"].as_str().unwrap();
        assert!(error["code"] == json!("refused") || error["code"] == json!("damaged"), "{}: {error}", case.rule);
        assert!(message.contains(&case.words), "{}: {message}", case.rule);
        assert_eq!(terminal.kept(), before, "{}", case.rule);
        rules.insert(case.rule);
        sentences.insert(message.to_owned());
        count += 1;
    }
    Outcome { count, remark: format!("by {} rules, in {} different sentences", rules.len(), sentences.len()) }
}
