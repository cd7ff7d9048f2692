//! Text of others as one harmless line: names of hosts, nights and files can hold anything.
//!
//! Invariant: no control character, no line break of any script, and nothing that turns or hides what
//! a reader sees.

/// `text` on one line, at most `most` characters; what was cut off is an ellipsis.
pub fn one_line(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len().min(4 * most));
    let mut gap = false;
    let mut count = 0;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        if c.is_control() || c.is_whitespace() {
            gap = count > 0;
            continue;
        }
        let wanted = 1 + usize::from(gap);
        if count + wanted > most {
            // Room for the ellipsis.
            if count == most {
                line.pop();
            }
            line.push('…');
            return line;
        }
        if std::mem::take(&mut gap) {
            line.push(' ');
        }
        line.push(c);
        count += wanted;
    }
    line
}

/// Marks of direction, joiners, fillers and tags: a name that reads as another one.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn whatever_comes_in_one_visible_line_comes_out() {
        for (text, line) in [
            ("allsky", "allsky"),
            ("  a \t b  ", "a b"),
            ("pi\r\nBcc: all@example.org", "pi Bcc: all@example.org"),
            ("a\u{0}b\u{7f}\u{85}c\u{2028}d\u{2029}e\u{b}f", "a b c d e f"),
            ("invoice\u{202e}gpj.exe", "invoicegpj.exe"),
            ("\u{2066}x\u{2069}\u{200b}y\u{feff}", "xy"),
            ("Ø 夜 🌙", "Ø 夜 🌙"),
            ("", ""),
            ("\r\n\r\n", ""),
        ] {
            assert_eq!(one_line(text, 60), line, "{text:?}");
        }
    }

    #[test]
    fn a_long_line_ends_with_an_ellipsis_and_is_never_longer_than_it_may_be() {
        assert_eq!(one_line("12345", 5), "12345");
        assert_eq!(one_line("123456", 5), "1234…");
        assert_eq!(one_line("1234 6", 5), "1234…");
        for most in 1..12 {
            assert!(one_line("ä b c d e f g h", most).chars().count() <= most, "{most}");
        }
    }
}
