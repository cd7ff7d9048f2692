//! Whether backups may go to a folder, by its name and by the mount that it lies on. No disk is asked.
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::places::{is_of_the_system, is_shown_on_the_web};
use crate::base::block_device::BlockDevice;
use crate::base::mount::{self, Mount};

/// What the machine starts from.
const BOOT: [&str; 4] = ["/boot", "/boot/firmware", "/boot/efi", "/efi"];
/// What lives in memory, and is empty after the next start.
const MEMORY: [&str; 2] = ["tmpfs", "ramfs"];
/// What the kernel and programs show as files, and what no drive has on it.
const NO_DRIVES: [&str; 33] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "ecryptfs",
    "efivarfs",
    "fuse.fuse-overlayfs",
    "fuse.gvfsd-fuse",
    "fuse.lxcfs",
    "fuse.portal",
    "fuse.snapfuse",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nfsd",
    "nsfs",
    "nullfs",
    "overlay",
    "proc",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
    "udf",
];

/// Why no backups may go to a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfit {
    System,
    Web,
    /// In the camera's folders, or around them.
    Camera,
    SystemDisk,
    Boot,
    /// The camera's own files lie on the same drive.
    CameraDisk,
    Memory,
    NoDrive,
    ReadOnly,
    /// The mount passes no writes on, and the drive would take them.
    ShutHere,
}

impl Unfit {
    /// The end of a sentence that begins with the path.
    pub fn reason(self) -> &'static str {
        match self {
            Unfit::System => "this is a folder of the system",
            Unfit::Web => "a web server shows to everybody what lies here",
            Unfit::Camera => "this folder belongs to the camera, or holds what does",
            Unfit::SystemDisk => "this is the card or disk that the camera runs from, and no drive of its own",
            Unfit::Boot => "the machine starts from it",
            Unfit::CameraDisk => "the camera's own files lie on it, and backups would die with them",
            Unfit::Memory => "it is in memory, and empty after the next start",
            Unfit::NoDrive => "this is no drive that keeps files",
            Unfit::ReadOnly => "it is mounted read-only",
            Unfit::ShutHere => "this program may not write to it",
        }
    }
}

/// What of this machine belongs to the camera and to us. All paths are without links.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    pub mounts: Vec<Mount>,
    pub blocks: Vec<BlockDevice>,
    /// The camera's home and its pictures.
    pub camera: Vec<PathBuf>,
}

impl Machine {
    /// The block device that a mount shows.
    pub fn block_of(&self, mount: &Mount) -> Option<&BlockDevice> {
        // Some file systems have a number of their own, and name the device that they lie on.
        let is_it = |block: &&BlockDevice| block.device == mount.device || block.path() == mount.source;
        self.blocks.iter().find(is_it)
    }

    /// True when the machine runs or starts from another part of the disk that `mount` lies on.
    pub fn shares_system_disk(&self, mount: &Mount) -> bool {
        let points = BOOT.into_iter().chain(["/"]).map(Path::new);
        let own = |point: &Path| self.mounts.iter().rfind(|mount| mount.point == point);
        let disks: Vec<&str> =
            points.filter_map(own).filter_map(|m| self.block_of(m)).map(|b| b.disk.as_str()).collect();
        self.block_of(mount).is_some_and(|block| disks.contains(&block.disk.as_str()))
    }

    /// Refuses a folder that backups may not go to; `path` is without links.
    pub fn judge(&self, path: &Path) -> Result<&Mount, Unfit> {
        if is_shown_on_the_web(path) {
            return Err(Unfit::Web);
        }
        // A mount tells more than a name: `/boot/firmware` is what the machine starts from.
        let mount = mount::of_path(&self.mounts, path).ok_or(Unfit::SystemDisk)?;
        if BOOT.iter().any(|boot| mount.point == Path::new(boot)) {
            return Err(Unfit::Boot);
        }
        if path == Path::new("/") {
            return Err(Unfit::SystemDisk);
        }
        if is_of_the_system(path) {
            return Err(Unfit::System);
        }
        if self.camera.iter().any(|own| path.starts_with(own) || own.starts_with(path)) {
            return Err(Unfit::Camera);
        }
        self.judge_mount(mount).map(|()| mount)
    }

    fn judge_mount(&self, mount: &Mount) -> Result<(), Unfit> {
        let is_on =
            |other: &Path| mount::of_path(&self.mounts, other).is_some_and(|other| other.device == mount.device);
        let kind = mount.fs_type.as_str();
        if MEMORY.contains(&kind) {
            Err(Unfit::Memory)
        } else if NO_DRIVES.contains(&kind) {
            Err(Unfit::NoDrive)
        } else if is_on(Path::new("/")) {
            Err(Unfit::SystemDisk)
        } else if self.camera.iter().any(|own| is_on(own)) {
            Err(Unfit::CameraDisk)
        } else if mount.is_shut_here {
            Err(Unfit::ShutHere)
        } else if mount.is_read_only {
            Err(Unfit::ReadOnly)
        } else {
            Ok(())
        }
    }
}

/// What lets the service write to a folder outside of `/mnt` and `/media`: its unit names what it may write to.
pub fn right_to_write(path: &Path) -> String {
    let folder = "/etc/systemd/system/allsky-backups.service.d";
    // systemd takes a per cent sign for the begin of a variable, and a blank for the end of the path.
    let text = path.display().to_string().replace('%', "%%").replace('\\', "\\\\").replace('"', "\\\"");
    let line = format!("ReadWritePaths=\"-{text}\"").replace('\'', r"'\''");
    format!(
        "sudo mkdir -p {folder} && printf '%s\\n' '[Service]' '{line}' | sudo tee -a {folder}/drives.conf && \
         sudo systemctl daemon-reload && sudo systemctl restart allsky-backups"
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A Raspberry Pi with a card, two sticks, a share, and what else is mounted on real machines.
    pub const MOUNTS: &str = "\
        20 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw\n\
        21 20 179:1 / /boot/firmware rw,relatime - vfat /dev/mmcblk0p1 rw\n\
        22 20 0:5 / /proc rw - proc proc rw\n\
        23 20 0:6 / /run/user/1000 rw - tmpfs tmpfs rw\n\
        24 20 8:1 / /mnt/nights\\040of\\0402026 rw,noatime - ext4 /dev/sda1 rw\n\
        25 20 8:1 /x /home/pi/again rw,noatime - ext4 /dev/sda1 rw\n\
        26 20 8:17 / /media/pi/F\\303\\234NF\\134x rw - exfat /dev/sdb1 rw\n\
        27 20 0:44 / /mnt/nas rw - nfs4 nas:/backup rw\n\
        28 20 179:3 / /mnt/third rw - ext4 /dev/mmcblk0p3 rw\n\
        29 20 8:33 / /mnt/pictures rw - ext4 /dev/sdc1 rw\n\
        30 20 8:49 / /data ro - ext4 /dev/sdd1 rw\n\
        31 20 8:65 / /mnt/failing ro - ext4 /dev/sde1 ro\n\
        32 20 7:3 / /snap/core/1 ro - squashfs /dev/loop3 ro\n\
        33 20 179:2 /home/pi/allsky /home/pi/allsky rw - ext4 /dev/mmcblk0p2 rw\n";

    pub fn block(name: &str, disk: &str, device: &str) -> BlockDevice {
        BlockDevice {
            name: name.into(),
            disk: disk.into(),
            device: device.into(),
            bytes: 64_000_000_000,
            ..BlockDevice::default()
        }
    }

    pub fn machine() -> Machine {
        let blocks = [
            ("mmcblk0p1", "mmcblk0", "179:1"),
            ("mmcblk0p2", "mmcblk0", "179:2"),
            ("mmcblk0p3", "mmcblk0", "179:3"),
            ("sda1", "sda", "8:1"),
            ("sdb1", "sdb", "8:17"),
            ("sdc1", "sdc", "8:33"),
            ("sdd1", "sdd", "8:49"),
            ("sde1", "sde", "8:65"),
        ];
        Machine {
            mounts: mount::parse(MOUNTS.as_bytes()),
            blocks: blocks.map(|(name, disk, device)| block(name, disk, device)).into(),
            camera: vec!["/home/pi/allsky".into(), "/mnt/pictures/allsky".into()],
        }
    }

    #[test]
    fn backups_go_to_drives_and_shares_and_nowhere_else() {
        let machine = machine();
        for (path, verdict) in [
            ("/mnt/nights of 2026", None),
            ("/mnt/nights of 2026/camera-2", None),
            ("/media/pi/FÜNF\\x/allsky", None),
            ("/home/pi/again", None),
            ("/mnt/nas/allsky", None),
            ("/mnt/third", None),
            ("/", Some(Unfit::SystemDisk)),
            ("/mnt", Some(Unfit::System)),
            ("/mnt/nothing-mounted", Some(Unfit::SystemDisk)),
            ("/home/pi/backups", Some(Unfit::SystemDisk)),
            ("/home/pi/allsky/backups", Some(Unfit::Camera)),
            ("/home/pi", Some(Unfit::Camera)),
            ("/mnt/pictures/allsky/images", Some(Unfit::Camera)),
            ("/mnt/pictures/backups", Some(Unfit::CameraDisk)),
            ("/boot/firmware/x", Some(Unfit::Boot)),
            ("/etc/allsky", Some(Unfit::System)),
            ("/proc/self", Some(Unfit::System)),
            ("/run/user/1000/x", Some(Unfit::System)),
            ("/var/www/html/allsky", Some(Unfit::Web)),
            ("/snap/core/1", Some(Unfit::System)),
            ("/data/backups", Some(Unfit::ShutHere)),
            ("/mnt/failing", Some(Unfit::ReadOnly)),
        ] {
            assert_eq!(machine.judge(Path::new(path)).err(), verdict, "{path}");
        }
        assert_eq!(Machine::default().judge(Path::new("/mnt/a")).err(), Some(Unfit::SystemDisk));
    }

    #[test]
    fn another_part_of_the_card_is_known_as_such() {
        let machine = machine();
        let on = |point: &str| machine.mounts.iter().find(|mount| mount.point == Path::new(point)).unwrap();
        assert!(machine.shares_system_disk(on("/mnt/third")));
        assert!(!machine.shares_system_disk(on("/mnt/nights of 2026")) && !machine.shares_system_disk(on("/mnt/nas")));
    }

    #[test]
    fn the_command_that_gives_the_right_to_write_holds_any_name() {
        let command = right_to_write(Path::new("/data/it's 100%"));
        assert!(command.contains(r#"'ReadWritePaths="-/data/it'\''s 100%%"'"#), "{command}");
    }
}
