//! Names of users and groups for the numbers that the file system knows.
use std::collections::BTreeMap;
use std::path::Path;

/// What this machine's account files say; a number without a name stays a number.
#[derive(Debug, Default)]
pub struct Accounts {
    users: BTreeMap<u32, String>,
    groups: BTreeMap<u32, String>,
}

impl Accounts {
    /// Reads `/etc/passwd` and `/etc/group`. A file that cannot be read names nobody: an archive with
    /// numbers alone is better than none.
    pub fn read() -> Self {
        Accounts { users: names(Path::new("/etc/passwd")), groups: names(Path::new("/etc/group")) }
    }

    pub fn user(&self, uid: u32) -> Option<&String> {
        self.users.get(&uid)
    }

    /// The number of a group by its name.
    pub fn group_number(&self, name: &str) -> Option<u32> {
        self.groups.iter().find(|(_, known)| *known == name).map(|(number, _)| *number)
    }

    pub fn group(&self, gid: u32) -> Option<&String> {
        self.groups.get(&gid)
    }
}

/// `name:password:number:…` a line.
fn names(file: &Path) -> BTreeMap<u32, String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut names = BTreeMap::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        if let (Some(name), Some(Ok(number))) = (fields.next(), fields.nth(1).map(str::parse)) {
            // The first name of a number is the one that `ls` shows.
            names.entry(number).or_insert_with(|| name.to_owned());
        }
    }
    names
}
