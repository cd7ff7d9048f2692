//! The same command beside an indi-allsky: mounted in its nginx or its Apache, and taken away again.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use allsky_backups::domain::settings::Reading;

use super::support::terminal::Said;

const INTEGRATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/integration");
const NGINX: &str = "etc/nginx/sites-available/indi-allsky.conf";
const APACHE: &str = "etc/apache2/conf-enabled/allsky-backups.conf";

/// A machine with an indi-allsky, below a folder.
struct Machine {
    root: tempfile::TempDir,
}

impl Machine {
    fn new(web: &str) -> Machine {
        let machine = Machine { root: tempfile::tempdir().unwrap() };
        let put = |name: &str, text: &str| {
            let path = machine.root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("home/pi/indi-allsky/indi_allsky/version.py", "__version__ = \"x\"\n");
        let flask = "{\n    \"MIGRATION_FOLDER\" : \"/srv/indi/migrations\",\n    \"INDI_ALLSKY_IMAGE_FOLDER\" : \"/srv/pictures\"\n}\n";
        put("etc/indi-allsky/flask.json", flask);
        put("usr/lib/os-release", "\n");
        put("etc/systemd/system/other.service", "\n");
        put("built", "#!/bin/sh\necho program\n");
        fs::set_permissions(machine.root.path().join("built"), fs::Permissions::from_mode(0o755)).unwrap();
        match web {
            "nginx" => put(
                NGINX,
                "upstream indi_allsky_server {\n}\nserver {\n    listen [::]:443 ssl;\n    location /indi-allsky {\n    }\n}\n\
                 server {\n    location / {\n        return 302 https://x;\n    }\n}\n",
            ),
            _ => put("etc/apache2/conf-enabled/other.conf", "# the site's\n"),
        }
        machine
    }

    fn run(&self, script: &str, args: &[&str]) -> Said {
        let mut command = Command::new("bash");
        command.arg(format!("{INTEGRATION}/{script}")).arg("--root").arg(self.root.path());
        if script == "install.sh" {
            let at = |name: &str| self.root.path().join(name);
            command.arg("--home").arg(at("home/pi/indi-allsky")).arg("--bin").arg(at("built"));
        }
        command.args(args).output().unwrap().into()
    }

    /// Everything below the root: mode and content.
    fn tree(&self) -> BTreeMap<String, String> {
        let all = walkdir::WalkDir::new(self.root.path()).min_depth(1).into_iter().map(Result::unwrap);
        let look = |entry: walkdir::DirEntry| {
            let name = entry.path().strip_prefix(self.root.path()).unwrap().display().to_string();
            let is_file = entry.file_type().is_file();
            let content = if is_file { fs::read_to_string(entry.path()).unwrap() } else { "no file".into() };
            (name, format!("{:o} {content}", entry.path().symlink_metadata().unwrap().permissions().mode()))
        };
        all.map(look).collect()
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.path().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }
}

#[test]
fn it_is_found_mounted_in_the_web_server_that_is_there_and_taken_away_without_a_trace() {
    for web in ["nginx", "apache"] {
        let machine = Machine::new(web);
        let before = machine.tree();
        let said = machine.run("install.sh", &["--dry-run"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.text().contains("indi-allsky in"), "{said:?}");
        assert_eq!(machine.tree(), before, "a dry run does nothing");

        let said = machine.run("install.sh", &[]);
        assert_eq!(said.code, Some(0), "{said:?}");
        let reading = Reading::of(&machine.read("etc/allsky-backups/config.toml"));
        assert!(reading.mistakes.is_empty(), "{:?}", reading.mistakes);
        let unit = machine.read("etc/systemd/system/allsky-backups.service.d/indi-allsky.conf");
        for part in ["ReadWritePaths=/etc/indi-allsky /srv/indi -/srv/pictures", "XDG_RUNTIME_DIR=/run/user/"] {
            assert!(unit.contains(part), "{unit}");
        }
        if web == "nginx" {
            let site = machine.read(NGINX);
            let (first, second) = (site.find("include").unwrap(), site.find("location /indi-allsky").unwrap());
            assert!(first < second && site.matches("include").count() == 1, "{site}");
            assert!(machine.read("etc/nginx/allsky-backups.conf").contains("proxy_request_buffering off"));
        } else {
            assert!(machine.read(APACHE).contains("flushpackets=on"));
        }
        let all = machine.tree();
        let unfilled = |text: &String| ["@ETC@", "@UID@", "@SOCKET@", "@STATE@"].iter().any(|mark| text.contains(mark));
        assert!(!all.values().any(unfilled));
        assert!(!all.contains_key("etc/polkit-1/rules.d/50-allsky-backups.rules"));
        let again = machine.run("install.sh", &["--system", "indi-allsky"]);
        assert!(again.text().contains("Nothing to do"), "{again:?}");
        assert_eq!(machine.tree(), all);

        let gone = machine.run("uninstall.sh", &["--purge"]);
        assert_eq!(gone.code, Some(0), "{gone:?}");
        let mut after = machine.tree();
        // The backups stay, below the root at the whole path of the home, which has the root in it.
        let top = machine.root.path().iter().nth(1).unwrap().to_str().unwrap();
        assert!(after.keys().any(|name| name.ends_with("allskybackups")));
        after.retain(|name, _| name != top && !name.starts_with(&format!("{top}/")));
        assert_eq!(after, before);
    }
}

#[test]
fn what_is_no_indi_allsky_is_refused() {
    let machine = Machine::new("nginx");
    for args in [&["--system", "other"][..], &["--system", "allsky"]] {
        let before = machine.tree();
        assert_ne!(machine.run("install.sh", args).code, Some(0));
        assert_eq!(machine.tree(), before);
    }
    fs::remove_file(machine.root.path().join("etc/indi-allsky/flask.json")).unwrap();
    let said = machine.run("install.sh", &[]);
    assert!(said.code != Some(0) && said.err.contains("flask.json"), "{said:?}");
}
