//! Whatever we accept, other programs list in the same way: no archive can show one thing to us and
//! unpack as another.
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use allsky_backups::archive::inspect::{Member, inspect};
use allsky_backups::domain::limits::Limits;
use allsky_backups::domain::monitor::Unwatched;

use super::support::tarball::{BLOCK, IMAGES_METADATA, Tar, TarHeader, config_metadata, gzip};

/// Numbers of a fixed seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }
}

/// Names as we see them, folders without their slash.
#[derive(Debug)]
struct Shown {
    names: Vec<String>,
    /// Links and pipes, which no restore brings and Info names.
    left_out: Vec<String>,
}

impl Shown {
    /// What another program lists, without what we say that we leave out.
    fn of(&self, listed: Vec<String>) -> Vec<String> {
        listed.into_iter().filter(|name| !self.left_out.contains(name)).collect()
    }
}

/// `None` when refused.
fn ours(archive: &[u8]) -> Option<Shown> {
    let mut names = Vec::new();
    let take = &mut |member: Member| names.push(member.name.to_string());
    let contents = inspect(archive, &Limits::default(), take, &Unwatched).ok()?;
    let left_out = contents.metadata.left_out().iter().map(|one| one.path.clone()).collect();
    Some(Shown { names, left_out })
}

/// The list that a program prints, in one form.
fn theirs(program: &str, args: &[&str], file: &Path) -> Result<Vec<String>, String> {
    let output =
        Command::new(program).args(args).arg(file).env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(text.lines().map(|line| line.trim_end_matches('/').to_owned()).collect())
}

/// Lists all files it is given in one process, because starting Python takes longer than listing.
const PYTHON: &str = "
import sys, tarfile
for file in sys.stdin.read().split():
    print('>' + file)
    with tarfile.open(file, 'r:gz', errors='surrogateescape') as tar:
        for member in tar: sys.stdout.buffer.write(member.name.rstrip('/').encode('utf-8', 'surrogateescape') + b'\\n')
        sys.stdout.flush()
";

fn python(files: &[String]) -> Vec<Vec<String>> {
    let mut child = Command::new("python3")
        .args(["-u", "-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(files.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let mut lists = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        match line.strip_prefix('>') {
            Some(_) => lists.push(Vec::new()),
            None => lists.last_mut().unwrap().push(line.to_owned()),
        }
    }
    lists
}

/// A tar with the shapes that programs are known to disagree about, most of them harmless, some not.
fn random_tar(dice: &mut Dice) -> Vec<u8> {
    let mut tar = Tar::default();
    for number in 0..1 + dice.roll(6) {
        let name = match dice.roll(6) {
            0 => format!("images/{}/{number}", "n".repeat(80 + dice.roll(60))),
            1 => format!("images/Größe {number}"),
            2 => format!("images/20261117/{number}.jpg"),
            3 => format!("images/d{}/{number}", dice.roll(3)),
            _ => format!("images/f{number}"),
        };
        let body = vec![b'x'; [0, 1, 511, 512, 513, 1024][dice.roll(6)]];
        let mut head = TarHeader::new(&name, body.len() as u64);
        head = match dice.roll(12) {
            0 => head.gnu(),
            1 => head.bytes(257, &[0; 8]),
            2 => head.kind(0),
            3 => head.bytes(345, b"images"),
            4 => head.gnu().bytes(345, b"images"),
            5 => head.bytes(124, format!("{:12o}", body.len()).as_bytes()),
            6 => head.kind(b"1234567SVLKxg"[dice.roll(13)]),
            7 => {
                let mut large = [0u8; 12];
                large[0] = 0x80;
                large[4..].copy_from_slice(&(body.len() as u64).to_be_bytes());
                head.gnu().bytes(124, &large)
            }
            _ => head,
        };
        tar = match dice.roll(8) {
            _ if name.len() > 99 && dice.roll(2) == 0 => tar.pax(&[("path", name.as_bytes())]).member(head, &body),
            _ if name.len() > 99 => tar.gnu_long(b'L', name.as_bytes()).member(head, &body),
            0 => tar.pax(&[("comment", b"x\n22 linkpath=/etc/evil")]).member(head, &body),
            1 => tar.pax(&[("size", body.len().to_string().as_bytes())]).member(head, &body),
            2 => tar.pax(&[("size", b"512")]).member(head, &body),
            3 => tar.pax(&[("mtime", b"1760000000.123456"), ("uid", b"1000")]).member(head, &body),
            _ if dice.roll(6) == 0 => tar.folder(format!("images/folder{number}/")),
            _ => tar.member(head, &body),
        };
    }
    tar = tar.file("metadata.json", IMAGES_METADATA);
    match dice.roll(12) {
        0 => tar.0,
        1 => tar.raw(&[0; BLOCK]).0,
        2 => tar.raw(&[0; BLOCK]).file("images/late", "").end(),
        3 => [tar.end(), vec![0; 7 * BLOCK + 3]].concat(),
        _ => tar.end(),
    }
}

#[test]
fn what_we_accept_lists_alike_in_every_program() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(20_261_121);
    let mut accepted = Vec::new();
    let mut refused = 0;
    while accepted.len() < 60 {
        let tar = random_tar(&mut dice);
        let archive = match dice.roll(3) {
            0 => tar.chunks(700).flat_map(gzip).collect(),
            _ => gzip(&tar),
        };
        match ours(&archive) {
            Some(shown) => {
                let file = folder.path().join(format!("{}.tar.gz", accepted.len()));
                std::fs::write(&file, &archive).unwrap();
                accepted.push((file.to_str().unwrap().to_owned(), shown));
            }
            None => refused += 1,
        }
        assert!(refused < 5_000, "only {} of {refused} were accepted", accepted.len());
    }
    let files: Vec<String> = accepted.iter().map(|(file, _)| file.clone()).collect();
    for ((file, shown), python) in accepted.iter().zip(python(&files)) {
        let file = Path::new(file);
        assert_eq!(shown.of(python), shown.names, "Python");
        for (program, args) in
            [("tar", &["--quoting-style=literal", "-tzf"][..]), ("bsdtar", &["-tf"]), ("busybox", &["tar", "-tzf"])]
        {
            match theirs(program, args, file) {
                // It refuses the oldest format as a whole, so it shows nothing else.
                Err(why) if program == "busybox" && why.contains("invalid tar magic") => {}
                listed => assert_eq!(listed.map(|listed| shown.of(listed)).as_ref(), Ok(&shown.names), "{program}"),
            }
        }
    }
    println!("{} accepted and listed alike by 4 programs, {refused} refused", accepted.len());
}

/// Changes a few bytes of a tar where they hurt: in headers, sizes, extended records.
fn mutate(tar: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..1 + dice.roll(3) {
        let at = dice.roll(tar.len());
        let block = at / BLOCK * BLOCK;
        match dice.roll(9) {
            0 => tar[at] ^= 1 << dice.roll(8),
            1 => tar[at] = dice.roll(256) as u8,
            2 => tar.truncate(at.max(1)),
            3 => drop(tar.splice(block..block, vec![0; BLOCK])),
            4 => drop(tar.drain(block..(block + BLOCK).min(tar.len()))),
            5 => tar.iter_mut().skip(block + 156).take(1).for_each(|b| *b = b"0125xgLK\0"[dice.roll(9)]),
            6 => tar.iter_mut().skip(block + 124).take(12).for_each(|b| *b = b"01 7\0\x80\xff9"[dice.roll(8)]),
            7 => {
                let again = tar[block..(block + 2 * BLOCK).min(tar.len())].to_vec();
                tar.extend_from_slice(&again);
            }
            _ => tar[at..].iter_mut().take(4).for_each(|b| *b = 0),
        }
        if tar.is_empty() {
            tar.push(0);
        }
    }
    // Half of the time the sums are right again, or no change would ever get past them.
    if dice.roll(2) == 0 {
        for header in tar.chunks_exact_mut(BLOCK) {
            if &header[257..262] == b"ustar" {
                header[148..156].fill(b' ');
                let sum: u64 = header.iter().map(|b| u64::from(*b)).sum();
                header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            }
        }
    }
}

#[test]
fn thousands_of_changed_archives_end_quickly_and_show_no_two_faces() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(4_711);
    let long = format!("config/{}", "l".repeat(120));
    let good = Tar::default()
        .file("env.json", "{}")
        .folder("config/")
        .pax(&[("path", long.as_bytes()), ("size", b"600"), ("mtime", b"1760000000.5")])
        .member(TarHeader::new("config/short", 600), &[b'y'; 600])
        .gnu_long(b'L', format!("{long}2").as_bytes())
        .file("config/short", "x")
        .file("config/settings_RPi_HQ.json", "{}")
        .file("config/cc_RPi_HQ.json", "{}")
        .file("metadata.json", config_metadata(""))
        .end();
    assert!(ours(&gzip(&good)).is_some());
    let started = Instant::now();
    let mut accepted = Vec::new();
    let mut runs = 0;
    while runs < 4_000 && started.elapsed() < Duration::from_secs(30) {
        runs += 1;
        let mut tar = good.clone();
        mutate(&mut tar, &mut dice);
        let mut archive = gzip(&tar);
        if dice.roll(8) == 0 {
            let at = dice.roll(archive.len());
            archive[at] ^= 1 << dice.roll(8);
        }
        let one = Instant::now();
        let shown = ours(&archive);
        assert!(one.elapsed() < Duration::from_secs(5), "run {runs} took {:?}", one.elapsed());
        if let Some(shown) = shown {
            let file = folder.path().join(format!("{runs}.tar.gz"));
            std::fs::write(&file, &archive).unwrap();
            accepted.push((file.to_str().unwrap().to_owned(), shown));
        }
    }
    assert!(!accepted.is_empty() && accepted.len() < runs / 2, "{} of {runs} accepted", accepted.len());
    let files: Vec<String> = accepted.iter().map(|(file, _)| file.clone()).collect();
    for ((_, shown), python) in accepted.iter().zip(python(&files)) {
        assert_eq!(shown.of(python), shown.names, "Python");
    }
    for (file, shown) in accepted.iter().take(150) {
        let listed = theirs("tar", &["--quoting-style=literal", "-tzf"], Path::new(file));
        assert_eq!(listed.map(|listed| shown.of(listed)).as_ref(), Ok(&shown.names), "{file}");
    }
    println!("{runs} changed archives, {} accepted and listed alike, {:?}", accepted.len(), started.elapsed());
}
