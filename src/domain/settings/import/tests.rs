//! Configurations as such programs have them, and what must not be guessed at.
use std::path::Path;

use super::super::Reading;
use super::{ImportError, import};
use crate::domain::plan::Plan;

fn read(text: &str) -> (String, Vec<Plan>) {
    let toml = import(text, Some(Path::new("/home/pi"))).unwrap_or_else(|why| panic!("{why}: {text}"));
    let reading = Reading::of(&toml);
    assert_eq!(reading.mistakes, [], "{toml}");
    (toml, reading.settings.plans)
}

#[test]
fn a_list_of_tasks_becomes_a_host_and_a_plan_for_each_with_its_remote() {
    let (toml, plans) = read(
        "---\n# mine\ndir_backup_local: /mnt/backup/\ndir_backup_remote: root@nas:/backup\nemail_sender: a@example.org\n\
         email_report: \"b@example.org\"\nemail_admin: ''\ntasks:\n  - name: Server Data   # big\n    dir_source: /data\n\
         \x20 - name: 'photos'\n    dir_source: \"/home/me/My Photos\"\n",
    );
    let names: Vec<String> = plans.iter().map(|plan| plan.name.to_string()).collect();
    assert_eq!(names, ["server-data", "photos"]);
    let target = plans[0].remote.as_ref().unwrap();
    assert_eq!((target.target.to_string(), target.compress), ("root@nas:/backup/server-data".to_owned(), true));
    assert!(toml.contains("path = \"/home/me/My Photos\"") && toml.contains("path = \"/mnt/backup\""), "{toml}");
    assert!(toml.contains("# email_sender = \"a@example.org\"") && !toml.contains("email_admin"), "{toml}");
    let (_, plans) = read("dir_backup_local: /b\ndir_backup_remote: ''\ntasks:\n- name: a\n  dir_source: /a\n");
    assert!(plans[0].remote.is_none());
}

#[test]
fn a_manager_of_hosts_becomes_two_plans_and_its_numbers_go_along() {
    let (toml, plans) = read(
        "# hosts\nHOSTS=officewsl,localhost\nexport BACKUP_ROOT=/srv/backups\nTAR_COMPRESSION_LEVEL=9\n\
         HOURLY_RETENTION_HOURS=48 # two days\nSNAPSHOT_DAY_OF_MONTH=\"31\"\nWEB_PORT=8000\n",
    );
    let sources =
        |at: usize| plans[at].sources.iter().map(|one| String::from(one.clone())).collect::<Vec<_>>().join(" ");
    assert_eq!(sources(0), "host:officewsl host:localhost");
    assert!(sources(1).starts_with("host-archive:officewsl host-golden:officewsl"));
    for part in ["hourly = 48", "level = 9", "day = 31", "path = \"/home/pi\"", "address = \"officewsl\"", "WEB_PORT"] {
        assert!(toml.contains(part), "{part} in {toml}");
    }
    let (toml, plans) = read("HOSTS=a\nKEEP_MONTHLY_SNAPSHOTS=false\n");
    assert!(!toml.contains("golden") && plans.len() == 2, "{toml}");
}

#[test]
fn one_machine_becomes_a_plan_with_hooks() {
    let (toml, plans) = read(
        "PREFIX = \"univac\"\nBACKUP_DIR = '/backup'\nSOURCE = \"root@univac:/\"\n\
         SSH = \"ssh -i /ssh_data/id_rsa -p 2222 -o UserKnownHostsFile=/ssh_data/known_hosts\"\n\
         EXCLUDES = [\"/run/*\", \"/proc/*\",\n  '/home/ben/.gvfs']\nOLD_AGE = 14\nPREBACKUP_CMD = \"mount /backup\"\n\
         AFTERBACKUP_CMD = None\nFAILBACKUP_CMD = 'echo \"failed\"'\n",
    );
    assert_eq!(plans[0].name.as_str(), "univac");
    let hooks: Vec<_> = plans[0].hooks.iter().map(|hook| hook.on.word()).collect();
    assert_eq!(hooks, ["before", "failure"]);
    for part in ["daily = 14", "port = 2222", "key = \"/ssh_data/id_rsa\"", "\"/home/ben/.gvfs\"", "known_hosts"] {
        assert!(toml.contains(part), "{part} in {toml}");
    }
    assert!(read("PREFIX=a\nBACKUP_DIR=/b\nSOURCE=/home\nEXCLUDES=\"/x /y\"\n").0.contains("[\"/x\", \"/y\"]"));
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    for (text, wanted) in [
        ("", ImportError::Unknown),
        ("hello\n", ImportError::Unknown),
        ("dir_backup_local: /b\n", ImportError::Missing("tasks")),
        ("tasks:\n- name: a\n  dir_source: /a\n", ImportError::Missing("dir_backup_local")),
        ("dir_backup_local: /b\ntasks:\n- name: a\n", ImportError::Missing("dir_source of a task")),
        ("HOSTS=\n", ImportError::Missing("HOSTS")),
        ("PREFIX=a\nSOURCE=/a\n", ImportError::Missing("BACKUP_DIR")),
    ] {
        assert_eq!(import(text, None), Err(wanted), "{text}");
    }
    for (text, line) in [
        ("dir_backup_local: &x /b\ntasks:\n", 1),
        ("dir_backup_local: /b\ntasks: [a]\n", 2),
        ("dir_backup_local: /b\ntasks:\n\t- name: a\n", 3),
        ("dir_backup_local: /b\ntasks:\n- name: a\n  dir_source: |\n    x\n", 4),
        ("dir_backup_local: /b\ntasks:\n- name: a\n  dir_source: /a\n  when: now\n", 5),
        ("dir_backup_local: \"/b\ntasks:\n", 1),
        ("HOSTS=a\nBACKUP_ROOT=$HOME/b\n", 2),
        ("HOSTS=a\nTAR_RETENTION_DAYS=many\n", 2),
        ("PREFIX = 'a'\nEXCLUDES = [x]\n", 2),
        ("PREFIX = 'a'\nimport os\nBACKUP_DIR = os.path.join('a', 'b')\n", 3),
        ("PREFIX = 'a'\nEXCLUDES = ['x',\n", 2),
    ] {
        let found = import(text, None);
        assert!(matches!(found, Err(ImportError::Line { line: at, .. }) if at == line), "{text}: {found:?}");
    }
    // What the file says is no configuration of ours.
    assert!(matches!(import("HOSTS=a;b\n", None), Err(ImportError::NotOurs(_))));
    assert!(matches!(import("HOSTS=localhost\n", None), Err(ImportError::Missing(_))));
}
