//! What a file is by its ending, and whether its first bytes agree.
//!
//! This is an allow-list: pictures, films, fonts, databases and texts that are only read. A file that
//! is not on it counts as a program, because nobody can list everything that some server runs.
use crate::base::rel_path::RelPath;

/// First bytes that are needed to judge a content.
pub const HEAD_BYTES: usize = 512;

/// What a file of a camera may be without being a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
    Gif,
    WebP,
    Bmp,
    Icon,
    /// TIFF, and raw pictures that are built like it.
    Tiff,
    Fits,
    Jpeg2000,
    Mp4,
    Matroska,
    Avi,
    Mpeg,
    Font,
    Sqlite,
    Json,
    /// Read line by line, and run by nothing.
    Text,
}

/// Endings that web servers and interpreters run. Some servers run `a.php.jpg` as well, so these may
/// not stand in the middle of a name either.
const RUN: [&str; 26] = [
    "phtml", "phtm", "phar", "pht", "phpt", "inc", "cgi", "fcgi", "pl", "pm", "py", "pyc", "rb", "lua", "tcl", "sh",
    "bash", "asp", "aspx", "jsp", "jspx", "shtml", "shtm", "stm", "cfm", "htaccess",
];

/// Beginnings of programs that no picture has; a file may begin as a picture and go on as a page.
const PAGES: [&[u8]; 3] = [b"<?php", b"<script", b"<!--#exec"];

impl Format {
    /// By the name; `None` for everything that counts as a program.
    pub fn of(path: &RelPath) -> Option<Self> {
        // Hidden files configure whatever reads their folder.
        if path.parts().any(|part| part.starts_with(b".")) {
            return None;
        }
        if path.as_bytes() == b"version" {
            return Some(Format::Text);
        }
        let name = path.name().to_ascii_lowercase();
        let parts = name.split(|byte| *byte == b'.').map(|part| std::str::from_utf8(part).unwrap_or_default());
        let (last, before) = parts.collect::<Vec<_>>().split_last().map(|(last, before)| (*last, before.to_vec()))?;
        if before.iter().skip(1).any(|ending| ending.starts_with("php") || RUN.contains(ending)) {
            return None;
        }
        Some(match last {
            "jpg" | "jpeg" => Format::Jpeg,
            "png" => Format::Png,
            "gif" => Format::Gif,
            "webp" => Format::WebP,
            "bmp" => Format::Bmp,
            "ico" => Format::Icon,
            "tif" | "tiff" | "dng" | "cr2" | "nef" => Format::Tiff,
            "fit" | "fits" | "fts" => Format::Fits,
            "jp2" => Format::Jpeg2000,
            "mp4" | "m4v" | "mov" => Format::Mp4,
            "webm" | "mkv" => Format::Matroska,
            "avi" => Format::Avi,
            "mpg" | "mpeg" => Format::Mpeg,
            "ttf" | "otf" | "ttc" | "woff" | "woff2" => Format::Font,
            "db" | "sqlite" | "sqlite3" => Format::Sqlite,
            "json" => Format::Json,
            "txt" | "csv" | "tsv" | "log" | "md" | "yaml" | "yml" | "tle" => Format::Text,
            _ => return None,
        })
    }

    /// True when a file that begins with `head` (all of it, or [`HEAD_BYTES`]) can be this. A picture
    /// that was cut off to nothing, or that a dying card gave as zeros, runs nowhere and may be any.
    pub fn agrees(self, head: &[u8]) -> bool {
        if head.iter().all(|byte| *byte == 0) {
            return true;
        }
        if !matches!(self, Format::Json | Format::Text) && holds_a_page(head) {
            return false;
        }
        let starts = |mark: &[u8]| head.starts_with(mark);
        let holds = |at: usize, mark: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(mark));
        match self {
            Format::Jpeg => starts(b"\xff\xd8\xff"),
            Format::Png => starts(b"\x89PNG\r\n\x1a\n"),
            Format::Gif => starts(b"GIF8"),
            Format::WebP => starts(b"RIFF") && holds(8, b"WEBP"),
            Format::Bmp => starts(b"BM"),
            Format::Icon => starts(b"\0\0\x01\0"),
            Format::Tiff => starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+"),
            Format::Fits => starts(b"SIMPLE  ="),
            Format::Jpeg2000 => starts(b"\0\0\0\x0cjP  ") || starts(b"\xff\x4f\xff\x51"),
            Format::Mp4 => [&b"ftyp"[..], b"moov", b"mdat", b"free", b"wide", b"skip"].iter().any(|b| holds(4, b)),
            Format::Matroska => starts(b"\x1a\x45\xdf\xa3"),
            Format::Avi => starts(b"RIFF") && holds(8, b"AVI "),
            Format::Mpeg => starts(b"\0\0\x01\xba") || starts(b"\0\0\x01\xb3"),
            Format::Font => {
                [&b"\0\x01\0\0"[..], b"OTTO", b"true", b"ttcf", b"wOFF", b"wOF2"].iter().any(|mark| starts(mark))
            }
            Format::Sqlite => starts(b"SQLite format 3\0"),
            Format::Json => is_text(head) && matches!(first_of(head), Some(b'{' | b'[')),
            Format::Text => is_text(head),
        }
    }
}

fn holds_a_page(head: &[u8]) -> bool {
    PAGES.iter().any(|mark| head.windows(mark.len()).any(|part| part.eq_ignore_ascii_case(mark)))
}

/// No binary, no markup and no script.
fn is_text(head: &[u8]) -> bool {
    !head.contains(&0) && first_of(head) != Some(b'<') && !head.starts_with(b"#!") && !head.starts_with(b"%!")
}

/// The first byte that says something.
fn first_of(head: &[u8]) -> Option<u8> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    text.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<Format> {
        Format::of(&RelPath::parse(path).unwrap())
    }

    #[test]
    fn pictures_films_and_data_are_known_and_nothing_else_is() {
        for (path, format) in [
            ("images/20261117/image-1.JPG", Some(Format::Jpeg)),
            ("images/20261117/allsky-20261117.mp4", Some(Format::Mp4)),
            ("config/overlay/fonts/moon.ttf", Some(Format::Font)),
            ("config/myFiles/allsky.db", Some(Format::Sqlite)),
            ("config/settings_ZWO_ASI2600MC_Pro.v2.json", Some(Format::Json)),
            ("version", Some(Format::Text)),
            ("images/version", None),
            ("images/20261117/show.php", None),
            ("images/20261117/show.php.jpg", None),
            ("images/20261117/show.php7.x.jpg", None),
            ("images/20261117/show.php%00.jpg", None),
            ("images/20261117/show.jpg.php", None),
            ("images/20261117/show.PHP.", None),
            ("images/20261117/a.b.JPEG", Some(Format::Jpeg)),
            ("images/20261117/.user.ini", None),
            ("images/20261117/.hidden.jpg", None),
            ("images/.git/a.jpg", None),
            ("html/allsky/page.xhtml", None),
            ("html/allsky/logo.svg", None),
            ("html/allsky/style.css", None),
            ("config/ssl/key.pem", None),
            ("config/myFiles/requirements", None),
            ("config/myFiles/x.", None),
        ] {
            assert_eq!(of(path), format, "{path}");
        }
    }

    #[test]
    fn a_content_that_is_not_what_its_ending_says_is_noticed() {
        let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF";
        for (format, head, agrees) in [
            (Format::Jpeg, &jpeg[..], true),
            (Format::Jpeg, b"<?php system($_GET['c']);", false),
            (Format::Jpeg, b"\xff\xd8\xff\xe0\0\x10JFIF\0 <?PHP system($_GET['c']);", false),
            (Format::Gif, b"GIF89a<script>alert(1)</script>", false),
            (Format::Jpeg, b"\xff\xd8\xff\xe1\0\x10http://ns.adobe.com/xap/1.0/\0<?xpacket begin=''?>", true),
            (Format::Jpeg, b"", true),
            (Format::Jpeg, &[0; 64], true),
            (Format::Png, jpeg, false),
            (Format::WebP, b"RIFF\0\0\0\0WEBPVP8 ", true),
            (Format::Avi, b"RIFF\0\0\0\0WEBPVP8 ", false),
            (Format::Mp4, b"\0\0\0\x20ftypisom", true),
            (Format::Mp4, b"\0\0", true),
            (Format::Mp4, b"\0\0\0\x20evil", false),
            (Format::Sqlite, b"SQLite format 3\0", true),
            (Format::Json, b"\xef\xbb\xbf \n{\"a\":1}", true),
            (Format::Json, b"<script>", false),
            (Format::Json, b"import os", false),
            (Format::Text, b"v2025.01", true),
            (Format::Text, b"#!/bin/sh", false),
            (Format::Text, b"\n\n<html>", false),
            (Format::Text, b"a\0b", false),
        ] {
            assert_eq!(format.agrees(head), agrees, "{format:?} {head:?}");
        }
    }
}
