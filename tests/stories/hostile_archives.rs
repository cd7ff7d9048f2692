//! Archives that were made to hurt, confuse or fill a camera are refused, each with its own sentence
//! that names the member, and nothing is written.
use std::io::{self, Read, Write as _};
use std::time::{Duration, Instant};

use allsky_backups::archive::inspect::{Refusal, inspect};
use allsky_backups::domain::failure::{Advice as _, Code};
use allsky_backups::domain::limits::Limits;
use allsky_backups::domain::monitor::{Cancelled, Monitor, Progress, Stage, Unwatched};

use super::support::hostile::{self, named};
use super::support::tarball::{self, Tar, TarHeader, config, config_with, images_with};

fn judge(bytes: &[u8]) -> Refusal {
    match inspect(bytes, &Limits::default(), &mut |_| {}, &Unwatched) {
        Err(refusal) => refusal,
        Ok(_) => panic!("was accepted"),
    }
}

#[test]
fn each_hostile_archive_is_refused_by_its_own_rule_and_names_the_member() {
    let cases = hostile::all();
    let mut rules: Vec<&str> = Vec::new();
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let refusal = match inspect(&case.bytes[..], &Limits::default(), &mut |_| {}, &Unwatched) {
            Ok(_) => {
                wrong.push(format!("{number}: {} ({}) was accepted", case.rule, case.words));
                continue;
            }
            Err(refusal) => refusal,
        };
        let sentence = refusal.to_string();
        if refusal.rule() != case.rule || !sentence.contains(&case.words) || refusal.advice().is_empty() {
            wrong.push(format!("{number}: {} ({}), but: {}: {sentence}", case.rule, case.words, refusal.rule()));
        }
        if sentence.chars().any(char::is_control) {
            wrong.push(format!("{number}: {sentence:?} cannot be printed"));
        }
        rules.push(refusal.rule());
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    rules.sort_unstable();
    rules.dedup();
    assert!(cases.len() >= 120 && rules.len() >= 45, "{} archives, {} rules", cases.len(), rules.len());
    println!("{} hostile archives refused by {} rules", cases.len(), rules.len());
}

#[test]
fn the_archives_that_the_hostile_ones_are_made_from_are_accepted() {
    for good in [config_with(|t| t), images_with(|t| t.file(b"images/20261117/latin\xe4.jpg", "x"))] {
        inspect(&good[..], &Limits::default(), &mut |_| {}, &Unwatched).unwrap();
    }
}

#[test]
fn damage_is_called_damage_and_a_trap_is_called_refused() {
    let good = config_with(|t| t);
    assert_eq!(judge(&good[..good.len() - 9]).code(), Code::Damaged);
    assert_eq!(judge(&named("/etc/passwd")).code(), Code::Refused);
}

/// Makes its bytes as they are asked for, so that the test itself needs no memory either.
struct Endless<F: FnMut(u64) -> Vec<u8>> {
    next: F,
    count: u64,
    packed: flate2::write::GzEncoder<Vec<u8>>,
    ready: io::Cursor<Vec<u8>>,
    given: u64,
}

impl<F: FnMut(u64) -> Vec<u8>> Endless<F> {
    fn new(next: F) -> Self {
        let packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        Endless { next, count: 0, packed, ready: io::Cursor::default(), given: 0 }
    }
}

impl<F: FnMut(u64) -> Vec<u8>> Read for Endless<F> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.ready.read(buf)?;
            if n > 0 {
                self.given += n as u64;
                return Ok(n);
            }
            self.packed.write_all(&(self.next)(self.count))?;
            self.count += 1;
            self.ready = io::Cursor::new(std::mem::take(self.packed.get_mut()));
        }
    }
}

fn most_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

/// Numbers of a fixed seed that no compressor makes smaller.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Refused soon, after few bytes, and with little memory.
fn bomb(rule: &str, words: &str, next: impl FnMut(u64) -> Vec<u8>) {
    let before = most_memory_kb();
    let started = Instant::now();
    let mut input = Endless::new(next);
    let refusal = inspect(&mut input, &Limits::default(), &mut |_| {}, &Unwatched).unwrap_err();
    assert_eq!(refusal.rule(), rule, "{refusal}");
    assert!(refusal.to_string().contains(words), "{refusal}");
    assert!(input.given < 8 << 20, "{rule}: {} bytes were taken first", input.given);
    assert!(started.elapsed() < Duration::from_secs(90), "{rule}: {:?}", started.elapsed());
    // Other stories run beside this one; what a bomb would take is hundreds of megabytes.
    assert!(most_memory_kb() - before < 256 << 10, "{rule}: {} kB more", most_memory_kb() - before);
}

#[test]
fn a_gigabyte_of_zeros_is_refused_at_its_first_megabytes() {
    bomb("bomb", "config/zeros", |n| match n {
        0 => config().raw(&TarHeader::new("config/zeros", 1 << 30).block()).0,
        _ => vec![0; 1 << 16],
    });
}

#[test]
fn a_metadata_of_300_megabytes_is_refused_at_its_header() {
    bomb("metadata-large", "300.0 MB", |n| match n {
        0 => config().raw(&TarHeader::new("metadata.json", 300_000_000).block()).0,
        _ => vec![b' '; 1 << 16],
    });
}

#[test]
fn a_name_of_300_megabytes_is_refused_at_its_header() {
    bomb("long-extension", "300.0 MB", |n| match n {
        0 => config().raw(&TarHeader::new("././@LongLink", 300_000_000).gnu().kind(b'L').block()).0,
        _ => vec![b'n'; 1 << 16],
    });
}

#[test]
fn ten_million_entries_end_at_the_limit() {
    let mut noise = 1u64;
    bomb("too-many", "200000", |n| {
        // Names that do not compress away, so that it is not the ratio that stops it.
        let mut tar = Tar::default();
        for at in 0..64 {
            tar =
                tar.member(TarHeader::new(format!("config/{at}/{:016x}-{}", random(&mut noise), n * 64 + at), 0), b"");
        }
        tar.0
    });
}

#[test]
fn cancel_stops_within_a_megabyte() {
    struct Stop;
    impl Monitor for Stop {
        fn stages(&self, _: &[Stage]) {}
        fn stage(&self, _: Stage) {}
        fn warn(&self, _: String) {}
        fn progress(&self, _: Progress) {}
        fn checkpoint(&self) -> Result<(), Cancelled> {
            Err(Cancelled)
        }
    }
    let mut noise = 1u64;
    let mut input = Endless::new(|n| match n {
        0 => config().raw(&TarHeader::new("config/noise", 1 << 30).block()).0,
        _ => (0..1 << 13).flat_map(|_| random(&mut noise).to_le_bytes()).collect(),
    });
    let refusal = inspect(&mut input, &Limits::default(), &mut |_| {}, &Stop).unwrap_err();
    assert_eq!(refusal.code(), Code::Cancelled);
    assert!(input.given <= 3 << 19, "{} bytes were taken", input.given);
}

#[test]
fn a_source_that_fails_is_no_fault_of_the_archive() {
    struct Broken<'a>(&'a [u8]);
    impl Read for Broken<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buf)? {
                0 => Err(io::ErrorKind::ConnectionReset.into()),
                n => Ok(n),
            }
        }
    }
    let good = tarball::config_with(|t| t);
    for cut in [0, 5, good.len() / 2, good.len() - 1] {
        let refusal = inspect(Broken(&good[..cut]), &Limits::default(), &mut |_| {}, &Unwatched).unwrap_err();
        assert_eq!((refusal.rule(), refusal.code()), ("input", Code::Failed), "cut at {cut}");
    }
}
