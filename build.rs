//! Rebuilds when a migration or a web file is added; the macros that embed them notice edits only.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=web");
}
