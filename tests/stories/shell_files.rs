//! What shells and `man` know of the command line, tried with real shells.
use std::fs;
use std::process::Command;

use crate::support::terminal::Terminal;

#[test]
fn bash_completes_verbs_and_options() {
    let terminal = Terminal::new();
    let script = terminal.run(["completions", "bash"]);
    assert_eq!(script.code, Some(0), "{script:?}");
    fs::write(terminal.path("completions.bash"), &script.out).unwrap();
    let completed = |words: &str| {
        let line = format!(
            "source completions.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             $(complete -p allsky-backups | sed 's/.*-F \\([^ ]*\\).*/\\1/') allsky-backups \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let said = Command::new("bash").args(["-c", &line]).current_dir(terminal.path("")).output().unwrap();
        assert!(said.status.success(), "{said:?}");
        String::from_utf8(said.stdout).unwrap()
    };
    assert_eq!(completed("allsky-backups doc").trim(), "doctor");
    assert!(completed("allsky-backups nights s").contains("save"));
    assert!(completed("allsky-backups create config --s").contains("--sections"));
}

#[test]
fn every_shell_gets_a_script_and_each_verb_has_a_page_in_the_manual() {
    let terminal = Terminal::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = terminal.run(["completions", shell]);
        assert!(script.code == Some(0) && script.text().contains("allsky-backups"), "{shell}: {script:?}");
    }
    assert_eq!(terminal.run(["completions", "tcsh"]).code, Some(2));
    assert_eq!(terminal.run(["manual", "man"]).code, Some(0));
    for page in ["allsky-backups.1", "allsky-backups-create-config.1", "allsky-backups-doctor.1"] {
        let text = fs::read_to_string(terminal.path("man").join(page)).unwrap();
        assert!(text.contains(".TH ") && text.contains(".SH"), "{page}: {text}");
    }
    // A link of the name of a page is replaced, not followed.
    fs::write(terminal.path("mine"), "mine").unwrap();
    fs::remove_file(terminal.path("man/allsky-backups.1")).unwrap();
    std::os::unix::fs::symlink(terminal.path("mine"), terminal.path("man/allsky-backups.1")).unwrap();
    assert_eq!(terminal.run(["manual", "man"]).code, Some(0));
    assert_eq!(fs::read(terminal.path("mine")).unwrap(), b"mine");
    assert!(fs::read_to_string(terminal.path("man/allsky-backups.1")).unwrap().contains(".TH "));
    fs::write(terminal.path("file"), "").unwrap();
    assert_eq!(terminal.run(["manual", "file/man"]).code, Some(1));
}
