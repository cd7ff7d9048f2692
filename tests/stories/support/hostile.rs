//! Archives that no honest program writes: each breaks one rule.
use allsky_backups::base::digest::Sha256;

use super::tarball::{
    BLOCK, IMAGES_METADATA, Tar, TarHeader, config, config_metadata, config_with, gzip, images_with, record,
};

/// All of them.
pub fn all() -> Vec<Case> {
    [names(), kinds(), headers(), ends(), metadata()].into_iter().flatten().collect()
}

/// An archive, the rule that refuses it, and words that its sentence must hold.
pub struct Case {
    pub bytes: Vec<u8>,
    pub rule: &'static str,
    pub words: String,
}

fn case(rule: &'static str, words: impl Into<String>, bytes: Vec<u8>) -> Case {
    Case { bytes, rule, words: words.into() }
}

/// A config archive with one more file of this name.
pub fn named(name: impl AsRef<[u8]>) -> Vec<u8> {
    config_with(|tar| tar.file(name, "x"))
}

fn of_kind(flag: u8) -> Vec<u8> {
    config_with(|tar| tar.member(TarHeader::new("config/odd", 0).kind(flag).bytes(157, b"/etc/passwd"), b""))
}

fn link_with_content(flag: u8) -> Vec<u8> {
    config_with(|tar| tar.member(TarHeader::new("config/odd", 9).kind(flag).bytes(157, b"env.json"), b"something"))
}

fn with_metadata(metadata: impl AsRef<[u8]>) -> Vec<u8> {
    gzip(&config().file("metadata.json", metadata).end())
}

fn names() -> Vec<Case> {
    let deep = format!("config/{}a", "d/".repeat(40));
    vec![
        case("name-part", "../../etc/cron.d/x", named("../../etc/cron.d/x")),
        case("name-part", "config/../../x", named("config/../../x")),
        case("name-part", "config//x", named("config//x")),
        case("name-part", "config/./x", named("config/./x")),
        case("name-part", "..", config_with(|t| t.folder("../"))),
        case("name-absolute", "/etc/passwd", named("/etc/passwd")),
        case("name-absolute", "//etc/passwd", named("//etc/passwd")),
        case("name-absolute", "/config", config_with(|t| t.folder("/config/"))),
        case("name-dot-slash", "././config/x", named("././config/x")),
        case("name-dot-slash", "././ starts", config_with(|t| t.folder("././"))),
        case("name-empty", "has no name", named("")),
        case("name-slash", "./ is a file", named("./")),
        case("name-nul", r"config/a\x00b", config_with(|t| t.pax(&[("path", b"config/a\0b")]).file("x", ""))),
        case("name-control", r"config/a\x0ab", named("config/a\nb")),
        case("name-control", r"config/\x1b[31mred", named("config/\u{1b}[31mred")),
        case("name-control", r"images/a\x7f", images_with(|t| t.file("images/a\x7f", ""))),
        case("name-control", r"config/a\u{9b}", named("config/a\u{9b}")),
        case("name-direction", r"config/a\u{202e}gpj.exe", named("config/a\u{202e}gpj.exe")),
        case("name-direction", r"config/\u{2066}", named("config/\u{2066}x")),
        case("name-backslash", "config\\", named("config\\..\\x")),
        case("name-drive", "C:/Windows", named("C:/Windows/x")),
        case("name-drive", "c:config", named("c:config")),
        case("name-not-text", r"config/latin\xe4", named(b"config/latin\xe4")),
        case("name-slash", "config/x/", named("config/x/")),
        case("name-deep", "nested deeper", named(&deep)),
        case("name-long", "longer than", {
            config_with(|t| t.gnu_long(b'L', &[&b"config/"[..], &[b'n'; 2000]].concat()).file("x", ""))
        }),
        case("name-long-part", "which no disk can hold", {
            config_with(|t| t.gnu_long(b'L', &[&b"config/"[..], &[b'n'; 256]].concat()).file("x", ""))
        }),
        case("place", "home/pi/.ssh/authorized_keys", named("home/pi/.ssh/authorized_keys")),
        case("place", "allskybackups", named("allskybackups/x.tar.gz")),
        case("twice", "env.json", named("env.json")),
        case("twice", "config", config_with(|t| t.folder("config"))),
        case("twice", "metadata.json", config_with(|t| t.file("metadata.json", config_metadata("")))),
        case("twin", "config/SETTINGS_RPi_HQ.json", named("config/SETTINGS_RPi_HQ.json")),
        case("place", "CONFIG/x", named("CONFIG/x")),
        case("twin", "config/e\u{301}", config_with(|t| t.file("config/\u{e9}", "").file("config/e\u{301}", ""))),
        case("twin", "config/STRASSE", config_with(|t| t.file("config/stra\u{df}e", "").file("config/STRASSE", ""))),
        case("file-and-folder", "env.json", named("env.json/x")),
        case("file-and-folder", "config", named("config")),
        case("file-and-folder", "metadata.json", gzip(&config().folder("metadata.json/").end())),
    ]
}

fn kinds() -> Vec<Case> {
    let after_link = Tar::default()
        .member(TarHeader::new("config/link", 0).kind(b'2').bytes(157, b"/etc"), b"")
        .file("config/link/passwd", "root::0:0");
    vec![
        case("file-and-folder", "config/link", gzip(&after_link.end())),
        case("twice", "env.json", config_with(|t| t.member(TarHeader::new("env.json", 0).kind(b'1'), b""))),
        case("link-content", "symbolic link", link_with_content(b'2')),
        case("link-content", "hard link", link_with_content(b'1')),
        case("link-content", "named pipe", link_with_content(b'6')),
        case(
            "name-part",
            "config/../odd",
            config_with(|t| t.member(TarHeader::new("config/../odd", 0).kind(b'2'), b"")),
        ),
        case("place", "home/pi", config_with(|t| t.member(TarHeader::new("home/pi", 0).kind(b'2'), b""))),
        case("link-target", "config/x", config_with(|t| t.pax(&[("linkpath", b"/etc")]).file("config/x", ""))),
        case("link-target", "config/x", config_with(|t| t.gnu_long(b'K', b"/etc").file("config/x", ""))),
        case("device", "config/odd", of_kind(b'3')),
        case("device", "config/odd", of_kind(b'4')),
        case("contiguous", "config/odd", of_kind(b'7')),
        case("sparse", "config/odd", of_kind(b'S')),
        case("sparse", "config/x", config_with(|t| t.pax(&[("GNU.sparse.major", b"1")]).file("config/x", ""))),
        case("sparse", "config/x", config_with(|t| t.pax(&[("SCHILY.realsize", b"9")]).file("config/x", ""))),
        case("volume", "config/odd", of_kind(b'V')),
        case("volume", "config/odd", of_kind(b'M')),
        case("volume", "config/odd", of_kind(b'D')),
        case("unknown-type", "config/odd", of_kind(b'9')),
        case("unknown-type", "config/odd", of_kind(b'X')),
        case(
            "folder-content",
            "config/d",
            config_with(|t| t.member(TarHeader::new("config/d/", 9).kind(b'5'), b"something")),
        ),
        case("set-id", "config/su", config_with(|t| t.member(TarHeader::new("config/su", 0).mode(0o4755), b""))),
    ]
}

fn headers() -> Vec<Case> {
    // What stands in the content of one member is a member to programs that believe the other size.
    let hidden = Tar::default().file("config/evil", "evil").0;
    let two_sizes = |t: Tar| t.pax(&[("size", b"1024")]).member(TarHeader::new("config/x", 0), b"").raw(&hidden);
    let two_sizes_back = |t: Tar| t.pax(&[("size", b"0")]).member(TarHeader::new("config/x", 1024), &hidden);
    let field =
        |at, bytes: &'static [u8]| config_with(move |t| t.member(TarHeader::new("config/x", 0).bytes(at, bytes), b""));
    let x = |t: Tar| t.file("config/x", "");
    let mut wrong_sum = TarHeader::new("config/x", 0).block();
    wrong_sum[0] ^= 1;
    vec![
        case("two-sizes", "config/x", config_with(two_sizes)),
        case("two-sizes", "config/x", config_with(two_sizes_back)),
        case("header-checksum", "after config/cc_RPi_HQ.json", config_with(|t| t.raw(&wrong_sum))),
        case("header-magic", "config/x", field(257, b"USTAR\x0000")),
        case("header-magic", "config/x", field(500, b"star")),
        case("header-magic", "config/x", {
            config_with(|t| t.member(TarHeader::new("config/x", 0).gnu().bytes(345, b"prefix"), b""))
        }),
        case("header-field", "its size", field(124, b"-0000000001\0")),
        case("header-field", "its size", field(124, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")),
        case("header-field", "its size", field(124, b"00000000x00\0")),
        case("header-field", "its size", field(124, &[0; 12])),
        case("header-field", "its size", field(124, b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff")),
        case("header-field", "its mode", field(100, b"rwxr-xr\0")),
        case("header-field", "its time", field(136, b"yesterday  \0")),
        case("header-field", "its owner", field(108, b"root\0\0\0\0")),
        case("extended-header", "lengths", config_with(|t| x(t.pax_body(b'x', b"99 path=config/y\n")))),
        case("extended-header", "lengths", config_with(|t| x(t.pax_body(b'x', b"11 path=abc\n")))),
        case("extended-header", "no number", config_with(|t| x(t.pax(&[("size", b"0x10")])))),
        case("extended-header", "no number", config_with(|t| x(t.pax(&[("mtime", b"1e308")])))),
        case("extended-header", "twice", config_with(|t| x(t.pax(&[("path", b"config/a"), ("path", b"config/b")])))),
        case("extended-header", "all members", config_with(|t| x(t.pax_body(b'g', &record("path", b"config/y"))))),
        case("extended-header", "character set", config_with(|t| x(t.pax(&[("hdrcharset", b"UTF-7")])))),
        case("extended-key", "the unknown key EVIL.key", config_with(|t| x(t.pax(&[("EVIL.key", b"1")])))),
        case("prefix", "config/a", config_with(|t| x(t.gnu_long(b'L', b"config/a").gnu_long(b'L', b"config/b")))),
        case("prefix", "config/a", config_with(|t| x(t.pax(&[("path", b"config/a")]).pax(&[("path", b"config/b")])))),
        case("prefix", "config/a", config_with(|t| x(t.pax(&[("path", b"config/a")]).gnu_long(b'L', b"config/b")))),
        case("prefix", "NUL", config_with(|t| x(t.gnu_long(b'L', b"config/a\0b")))),
        case("prefix", "ended by its one NUL", {
            config_with(|t| x(t.member(TarHeader::new("././@LongLink", 8).gnu().kind(b'L'), b"config/abc\0")))
        }),
        case("prefix", "no member follows", gzip(&config().gnu_long(b'L', b"config/a").end())),
        case("long-extension", "1.0 MB", config_with(|t| x(t.gnu_long(b'L', &[b'n'; 1_000_000])))),
        case("long-extension", "after", config_with(|t| x(t.pax(&[("comment", &[b'c'; 70_000])])))),
    ]
}

fn ends() -> Vec<Case> {
    let metadata = config_metadata("");
    let whole = || config().file("metadata.json", &metadata);
    let good = || gzip(&whole().end());
    let cut = whole().0;
    let mut reserved = good();
    reserved[3] |= 0x40;
    let mut method = good();
    method[2] = 7;
    let mut crc = good();
    let at = crc.len() - 8;
    crc[at] ^= 1;
    let mut length = good();
    let at = length.len() - 4;
    length[at] ^= 1;
    let mut header_crc = good();
    header_crc[3] |= 2;
    header_crc.splice(10..10, [0, 0]);
    vec![
        case("not-gzip", "empty", Vec::new()),
        case("not-gzip", "does not start", whole().end()),
        case("not-gzip", "does not start", b"\x28\xb5\x2f\xfd zstd".to_vec()),
        case("not-gzip", "does not start", b"PK\x03\x04".to_vec()),
        case("not-tar", "no tar", gzip(b"")),
        case("not-tar", "no tar", gzip(&[b'a'; 5000])),
        case("not-tar", "no tar", gzip(&good())),
        case("gzip-header", "reserved", reserved),
        case("gzip-header", "way of compressing", method),
        case("gzip-header", "wrong checksum", header_crc),
        case("damaged", "checksum (CRC)", crc),
        case("damaged", "length", length),
        case("trailing-bytes", "something else follows", [good(), b"evil".to_vec()].concat()),
        case("trailing-bytes", "something else follows", [good(), vec![0; 700], b"evil".to_vec()].concat()),
        case("after-end", "metadata.json", [good(), gzip(&Tar::default().file("config/evil", "").end())].concat()),
        case(
            "after-end",
            "metadata.json",
            gzip(&[whole().end(), Tar::default().file("config/evil", "").end()].concat()),
        ),
        case("after-end", "metadata.json", gzip(&[whole().end(), vec![0; 9000], vec![1]].concat())),
        case("half-end", "metadata.json", gzip(&whole().raw(&[0; BLOCK]).file("config/x", "").end())),
        case("no-end", "metadata.json", gzip(&cut)),
        case("no-end", "metadata.json", gzip(&whole().raw(&[0; BLOCK]).0)),
        case("cut", "metadata.json", gzip(&cut[..cut.len() - 100])),
        case("cut", "env.json", gzip(&config().0[..BLOCK + 1])),
        case("cut", "", good()[..good().len() - 1].to_vec()),
        case("cut", "", good()[..good().len() / 2].to_vec()),
    ]
}

fn metadata() -> Vec<Case> {
    let more = |more: &str| with_metadata(config_metadata(more));
    let swap = |from: &str, to: &str| with_metadata(config_metadata("").replace(from, to));
    let nested = format!("\"x\":{}{},", "[".repeat(100), "]".repeat(100));
    let large = vec![b' '; 9 << 20];
    let without = |name: &str| {
        let mut tar = Tar::default();
        for file in ["env.json", "config/settings_RPi_HQ.json", "config/cc_RPi_HQ.json"] {
            tar = if file == name { tar } else { tar.file(file, "{}") };
        }
        let text = config_metadata("").replace("settingsfile", "x1").replace("ccfile", "x2");
        gzip(&tar.file("metadata.json", text).end())
    };
    let ours = r#""allskyBackups":{"format":1,"tool":"t","created":"2026-11-21T00:03:09+01:00","site":"allsky","sections":[]},"#;
    let sums =
        |text: String| gzip(&config().file("metadata.json", config_metadata(ours)).file("SHA256SUMS", text).end());
    let line = |name: &str, body: &str| format!("{}  {name}\n", Sha256::of(body.as_bytes()));
    let settings = "config/settings_RPi_HQ.json";
    let late = "allskyBackups.left_out.json";
    vec![
        case("no-metadata", "no metadata.json", gzip(&config().end())),
        case("metadata-large", "9.4 MB", with_metadata(&large)),
        case("metadata", "not understood", with_metadata("")),
        case("metadata", "not understood", with_metadata("{")),
        case("metadata", "not understood", with_metadata("[1,2]")),
        case("metadata", "not understood", with_metadata(config_metadata("") + "{}")),
        case("metadata", "not understood", with_metadata(b"\xff\xfe{")),
        case("metadata", "not understood", swap("\"config\",", "\"firmware\",")),
        case("metadata", "not understood", swap("\"format\":1", "\"format\":1e308")),
        case("metadata", "not understood", swap("\"v2025.xx.xx\"", "{\"a\":1}")),
        case("metadata-deep", "32 levels", more(&nested)),
        case("metadata-key-twice", "version", more("\"version\":\"v1\",")),
        case("listed-name", "../../etc/passwd", swap("[\"env.json\"]", "[\"../../etc/passwd\"]")),
        case("listed-name", "/etc/shadow", swap("{\"env.json\":", "{\"/etc/shadow\":")),
        case("listed-mode", "env.json the mode rwxrwxrwx", swap("\"0664\"", "\"rwxrwxrwx\"")),
        case("listed-owner", "--reference=/etc/passwd", swap("\"www-data\"", "\"--reference=/etc/passwd\"")),
        case("not-there", "config/settings_other.json", swap(settings, "config/settings_other.json")),
        case("not-there", "../../etc/shadow", swap(settings, "../../etc/shadow")),
        case("not-there", "env.json", swap("config/cc_RPi_HQ.json", "env.json")),
        case("unsaid", "version", swap("\"v2025.xx.xx\"", "\"unknown\"")),
        case("unsaid", "model", swap("\"cameramodel\":\"HQ\",", "")),
        case("lacks", "settings", without("config/settings_RPi_HQ.json")),
        case("lacks", "capabilities", without("config/cc_RPi_HQ.json")),
        case("lacks", "images", gzip(&Tar::default().file("metadata.json", IMAGES_METADATA).end())),
        case("wrong-kind", "images/a.jpg", config_with(|t| t.file("images/a.jpg", ""))),
        case("wrong-kind", "env.json", images_with(|t| t.file("env.json", ""))),
        case("repacked", "no SHA256SUMS", more(ours)),
        case("place", "left_out.json", config_with(|t| t.file(late, "{\"left_out\":[]}"))),
        case("late-findings", "left_out.json", config_with(|t| t.file(late, "{"))),
        case("late-findings", "left_out.json", config_with(|t| t.file(late, "[".repeat(10_000)))),
        case("late-findings", "left_out.json", config_with(|t| t.file(late, vec![b' '; 1 << 20]))),
        case("file-and-folder", "left_out.json", config_with(|t| t.folder(format!("{late}/")))),
        case("sum", "env.json", sums(line("env.json", "other"))),
        case("sums", "line 1", sums("nonsense".into())),
        case("unsummed", "no line", sums(line("env.json", "{}"))),
        case("not-summed", "config/gone", sums(line("env.json", "{}") + &line("config/gone", ""))),
        case("unsummed", "config/x", {
            let text = line("env.json", "{}")
                + &line(settings, "{\"lastchanged\":\"\"}")
                + &line("config/cc_RPi_HQ.json", "{}");
            config_with(|t| t.file("SHA256SUMS", text).file("config/x", ""))
        }),
    ]
}
