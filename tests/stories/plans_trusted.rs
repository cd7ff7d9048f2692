//! The host key of a machine that a plan sends to and that is no host of the configuration: nothing is sent before it was
//! confirmed, and nothing once it is another one.
use std::fs;
use std::process::Command;

use super::support::far_host::FarHost;
use super::support::host_rig::{HostRig, hour};

#[test]
fn nothing_is_sent_before_the_host_key_of_the_target_was_confirmed_and_nothing_to_another_one() {
    let (rig, mut far) = (HostRig::new(), FarHost::new());
    rig.write("a.txt", "a");
    rig.take(1);
    let key = rig.terminal.path("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    far.authorize(fs::read_to_string(key.with_extension("pub")).unwrap().trim());
    let there = far.path("backup");
    fs::create_dir(&there).unwrap();
    let file = rig.terminal.path("nobody/.config/allsky-backups/config.toml");
    let (address, port) = (far.address(), far.port);
    let target = format!("target = \"{address}:{}\", port = {port}, key = {key:?}", there.display());
    let plan = format!(
        "[[plan]]\nname = \"all\"\nsources = [\"host:pi\"]\nschedule = {{ every = \"6h\" }}\nremote = {{ {target} }}\n\
         [[plan]]\nname = \"here\"\nsources = [\"config\"]\nschedule = {{ every = \"6h\" }}\n"
    );
    fs::write(&file, format!("{}{plan}", fs::read_to_string(&file).unwrap())).unwrap();
    let sync = || {
        let said = rig.terminal.run(["plans", "sync", "all", "--json", "--now", &hour(1)]);
        (said.code == Some(0), said.text())
    };
    let (done, text) = sync();
    assert!(!done && text.contains("never confirmed") && text.contains("plans trust"), "{text}");
    // Nobody can be asked here, so the fingerprint is shown and has to be said.
    let shown = rig.terminal.refuse("plans trust all", 2);
    assert!(shown["advice"].as_str().unwrap().contains(&far.fingerprint()), "{shown}");
    let other = format!("SHA256:{}", "A".repeat(43));
    let wrong = rig.terminal.run(["plans", "trust", "all", "--json", "--fingerprint", &other]);
    assert!(wrong.code.is_some_and(|code| code != 0) && wrong.text().contains(&far.fingerprint()), "{wrong:?}");
    assert!(!sync().0, "nothing was confirmed");
    let trusted = rig.terminal.ask(&format!("plans trust all --fingerprint {}", far.fingerprint()));
    assert_eq!(trusted["fingerprint"], far.fingerprint(), "{trusted}");
    assert!(sync().0, "{}", sync().1);
    assert!(there.join("hosts/pi/hourly").is_dir());
    // A machine that was set up anew, or another one in its place.
    far.new_host_key();
    far.begin("");
    let (done, text) = sync();
    assert!(!done && text.contains("another host key"), "{text}");
    rig.terminal.ask(&format!("plans trust all --fingerprint {}", far.fingerprint()));
    assert!(sync().0);
    for name in ["here", "nobody"] {
        rig.terminal.refuse(&format!("plans trust {name}"), 4);
    }
}
