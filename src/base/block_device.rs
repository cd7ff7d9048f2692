//! Disks and partitions that are plugged in, as the kernel and udev tell them. No disk is asked: all of it is read
//! from files that the kernel makes up, and from notes that udev took when the disk was plugged in.
use std::fs;
use std::path::Path;

/// The kernel counts in these, whatever the disk does.
const SECTOR: u64 = 512;
/// Devices that nobody plugs in.
const OTHERS: [&str; 8] = ["loop", "ram", "zram", "sr", "fd", "nbd", "mtdblock", "md_d"];

/// A partition, or a whole disk that has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockDevice {
    /// `sda1`.
    pub name: String,
    /// `major:minor`.
    pub device: String,
    /// The whole disk: `sda`.
    pub disk: String,
    pub bytes: u64,
    /// As its maker calls the disk.
    pub model: Option<String>,
    /// As its owner calls the file system.
    pub label: Option<String>,
    pub uuid: Option<String>,
    /// What udev found on it: `ext4`, `swap`. `None` where there is no udev, and where nothing was found.
    pub content: Option<String>,
}

impl BlockDevice {
    pub fn path(&self) -> String {
        format!("/dev/{}", self.name)
    }
}

/// Everything that is plugged in now, by name; empty where that cannot be told.
pub fn devices() -> Vec<BlockDevice> {
    devices_below(Path::new("/"))
}

fn devices_below(root: &Path) -> Vec<BlockDevice> {
    let Ok(entries) = fs::read_dir(root.join("sys/class/block")) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let wanted = names.filter(|name| !OTHERS.iter().any(|other| is_numbered(name, other)));
    let mut all: Vec<BlockDevice> = wanted.filter_map(|name| device(root, &name)).collect();
    let with_parts: Vec<String> = all.iter().filter(|one| one.disk != one.name).map(|one| one.disk.clone()).collect();
    all.retain(|one| one.bytes > 0 && !with_parts.contains(&one.name));
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// `loop0` is a numbered `loop`, and `loopback` is none.
fn is_numbered(name: &str, kind: &str) -> bool {
    name.strip_prefix(kind).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn device(root: &Path, name: &str) -> Option<BlockDevice> {
    let folder = root.join("sys/class/block").join(name).canonicalize().ok()?;
    let is_part = folder.join("partition").exists();
    let whole = if is_part { folder.parent()? } else { folder.as_path() };
    let device = line(&folder.join("dev"))?;
    let notes = fs::read_to_string(root.join("run/udev/data").join(format!("b{device}"))).unwrap_or_default();
    let noted = |key: &str| {
        let found = notes.lines().find_map(|line| line.strip_prefix("E:")?.strip_prefix(key)?.strip_prefix('='));
        found.map(decoded).filter(|text| !text.is_empty())
    };
    // Cards have a name, everything else a model.
    let model = ["device/model", "device/name"].iter().find_map(|file| line(&whole.join(file)));
    Some(BlockDevice {
        name: name.to_owned(),
        disk: whole.file_name()?.to_str()?.to_owned(),
        bytes: line(&folder.join("size"))?.parse::<u64>().ok()?.saturating_mul(SECTOR),
        model: model.or_else(|| noted("ID_MODEL")),
        label: noted("ID_FS_LABEL_ENC").or_else(|| noted("ID_FS_LABEL")),
        uuid: noted("ID_FS_UUID"),
        content: noted("ID_FS_TYPE"),
        device,
    })
}

fn line(file: &Path) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// udev writes what could be misread as `\x20` and the like.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let hex = text.get(at..at + 4).and_then(|part| part.strip_prefix("\\x"));
        match hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 4;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn plug_in(root: &Path, place: &str, name: &str, files: &[(&str, &str)]) {
        let folder = root.join("sys/devices").join(place);
        for (file, text) in files {
            let file = folder.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, format!("{text}\n")).unwrap();
        }
        fs::create_dir_all(root.join("sys/class/block")).unwrap();
        symlink(folder, root.join("sys/class/block").join(name)).unwrap();
    }

    #[test]
    fn partitions_are_told_with_the_names_that_owner_and_maker_gave_and_what_nobody_plugs_in_is_not() {
        let top = tempfile::tempdir().unwrap();
        let root = top.path();
        plug_in(root, "usb/sda", "sda", &[("dev", "8:0"), ("size", "2000"), ("device/model", "Extreme 55AE  ")]);
        plug_in(root, "usb/sda/sda1", "sda1", &[("dev", "8:1"), ("size", "1000"), ("partition", "1")]);
        plug_in(root, "usb/sdb", "sdb", &[("dev", "8:16"), ("size", "4")]);
        plug_in(root, "card/mmcblk0", "mmcblk0", &[("dev", "179:0"), ("size", "0"), ("device/name", "SD32G")]);
        plug_in(root, "virtual/loop0", "loop0", &[("dev", "7:0"), ("size", "8")]);
        plug_in(root, "virtual/zram0", "zram0", &[("dev", "253:0"), ("size", "8")]);
        fs::create_dir_all(root.join("run/udev/data")).unwrap();
        let notes = "S:disk/by-label/x\nE:ID_FS_LABEL=Meine_Bilder\nE:ID_FS_LABEL_ENC=Meine\\x20B\\xc3\\xa4lle\\x\n\
                     E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=1234-ABCD\n";
        fs::write(root.join("run/udev/data/b8:1"), notes).unwrap();
        let all = devices_below(root);
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["sda1", "sdb"], "a disk with partitions and a reader without a card are left out");
        let BlockDevice { disk, bytes, model, label, uuid, content, .. } = &all[0];
        assert_eq!((disk.as_str(), *bytes, model.as_deref()), ("sda", 512_000, Some("Extreme 55AE")));
        assert_eq!((label.as_deref(), content.as_deref()), (Some("Meine Bälle\\x"), Some("ext4")));
        assert_eq!((uuid.as_deref(), &all[1].label), (Some("1234-ABCD"), &None));
        assert_eq!(devices_below(&root.join("nowhere")), []);
    }
}
