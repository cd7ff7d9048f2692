//! For every folder that `create` accepts: its archive is imported under any name, and gives the folder back.
use crate::support::random_tree;
use crate::support::rig::Rig;

/// Seeds are fixed; a failure prints its own. The campaign `trees` draws many more.
#[test]
fn whatever_create_accepts_import_takes_and_a_restore_gives_back() {
    let rig = Rig::new();
    let seeds = 0..32;
    let things: usize = seeds.clone().map(|seed| random_tree::holds(&rig, seed)).sum();
    println!("seeds {seeds:?}: {things} files, folders and links");
    assert!(things > 200, "{things}");
}
