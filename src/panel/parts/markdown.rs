//! The part of Markdown that this program's own documents use, as a page: headings, paragraphs, lists, tables, code.
//!
//! Invariant: every text is escaped, and only addresses of documents here, of a place in one, and of the web become links.
use maud::{Markup, html};

/// `text` as a page. `link` gives the address of another document by its file name.
pub fn render(text: &str, link: &dyn Fn(&str) -> Option<String>) -> Markup {
    let mut lines = text.lines().peekable();
    let mut parts = Vec::new();
    while let Some(line) = lines.next() {
        let indented = line.starts_with("    ") && !line.trim().is_empty();
        if line.trim_start().starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.trim_start().starts_with("```")).collect();
            parts.push(html! { pre.ab-command { (code.join("\n")) } });
        } else if indented {
            let mut code = vec![&line[4..]];
            while let Some(next) = lines.next_if(|next| next.starts_with("    ")) {
                code.push(&next[4..]);
            }
            parts.push(html! { pre.ab-command { (code.join("\n")) } });
        } else if line.starts_with('#') {
            parts.push(heading(line, link));
        } else if line.starts_with('|') {
            let mut rows = vec![line];
            while let Some(next) = lines.next_if(|next| next.starts_with('|')) {
                rows.push(next);
            }
            parts.push(table(&rows, link));
        } else if let Some(first) = item(line) {
            let numbered = line.trim_start().starts_with(|letter: char| letter.is_ascii_digit());
            let mut items = vec![first.to_owned()];
            while let Some(next) = lines.next_if(|next| !next.trim().is_empty() && !next.starts_with(['#', '|'])) {
                match item(next) {
                    Some(text) => items.push(text.to_owned()),
                    None => {
                        if let Some(last) = items.last_mut() {
                            last.push(' ');
                            last.push_str(next.trim());
                        }
                    }
                }
            }
            let lines = html! { @for text in &items { li { (inline(text, link)) } } };
            parts.push(if numbered {
                html! { ol { (lines) } }
            } else {
                html! { ul { (lines) } }
            });
        } else if !line.trim().is_empty() {
            let mut text = line.trim().to_owned();
            let goes_on = |next: &&str| {
                !next.trim().is_empty()
                    && !next.starts_with(['#', '|'])
                    && !next.starts_with("```")
                    && item(next).is_none()
            };
            while let Some(next) = lines.next_if(goes_on) {
                text.push(' ');
                text.push_str(next.trim());
            }
            parts.push(html! { p { (inline(&text, link)) } });
        }
    }
    html! { @for part in parts { (part) } }
}

fn heading(line: &str, link: &dyn Fn(&str) -> Option<String>) -> Markup {
    let text = line.trim_start_matches('#').trim();
    let id = text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    match line.len() - line.trim_start_matches('#').len() {
        1 => html! { h3 #(id) { (inline(text, link)) } },
        2 => html! { h4 #(id) { (inline(text, link)) } },
        _ => html! { h5 #(id) { (inline(text, link)) } },
    }
}

/// The text of an item of a list.
fn item(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(text) = line.strip_prefix("* ").or_else(|| line.strip_prefix("- ")) {
        return Some(text);
    }
    let (number, text) = line.split_once(". ")?;
    (!number.is_empty() && number.len() < 3 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn table(rows: &[&str], link: &dyn Fn(&str) -> Option<String>) -> Markup {
    let is_rule = |row: &&&str| !row.bytes().all(|byte| b"|-: ".contains(&byte));
    let mut rows = rows.iter().filter(is_rule);
    let head = rows.next();
    html! {
        div.table-responsive {
            table.table.table-striped {
                @if let Some(head) = head { thead { tr { @for cell in cells(head) { th { (inline(&cell, link)) } } } } }
                tbody { @for row in rows { tr { @for cell in cells(row) { td { (inline(&cell, link)) } } } } }
            }
        }
    }
}

/// A `|` in code or behind a backslash ends no cell.
fn cells(row: &str) -> Vec<String> {
    let (mut all, mut one, mut in_code, mut escaped) = (Vec::new(), String::new(), false, false);
    for letter in row.trim().trim_start_matches('|').chars() {
        match letter {
            '|' if !in_code && !escaped => all.push(std::mem::take(&mut one).trim().to_owned()),
            '\\' if !escaped && !in_code => {
                escaped = true;
                continue;
            }
            _ => {
                in_code ^= letter == '`';
                one.push(letter);
            }
        }
        escaped = false;
    }
    if !one.trim().is_empty() {
        all.push(one.trim().to_owned());
    }
    all
}

/// Code, strong and emphasized words, and links, from left to right.
fn inline(text: &str, link: &dyn Fn(&str) -> Option<String>) -> Markup {
    let marks = ["`", "**", "*", "["];
    let first = marks
        .iter()
        .filter_map(|mark| Some((text.find(mark)?, *mark)))
        .min_by_key(|(at, mark)| (*at, usize::MAX - mark.len()));
    let Some((at, mark)) = first else { return html! { (text) } };
    let (before, rest) = (&text[..at], &text[at + mark.len()..]);
    let plain = || html! { (before) (mark) (inline(rest, link)) };
    if mark == "[" {
        let found = rest.split_once("](").and_then(|(words, rest)| Some((words, rest.split_once(')')?)));
        let Some((words, (address, behind))) = found else { return plain() };
        let address = match address {
            web if web.starts_with("https://") || web.starts_with('#') => Some(web.to_owned()),
            other => link(other),
        };
        return html! {
            (before)
            @match address { Some(address) => { a href=(address) { (inline(words, link)) } } None => { (inline(words, link)) } }
            (inline(behind, link))
        };
    }
    let Some((inner, behind)) = rest.split_once(mark).filter(|(inner, _)| !inner.is_empty() && !inner.starts_with(' '))
    else {
        return plain();
    };
    html! {
        (before)
        @match mark {
            "`" => { code { (inner) } }
            "**" => { strong { (inline(inner, link)) } }
            _ => { em { (inline(inner, link)) } }
        }
        (inline(behind, link))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> String {
        render(text, &|name| (name == "format.md").then(|| "architecture/format".to_owned())).into_string()
    }

    #[test]
    fn what_the_documents_use_is_drawn() {
        for (text, drawn) in [
            ("# A & B", "<h3 id=\"a-b\">A &amp; B</h3>"),
            ("one\ntwo", "<p>one two</p>"),
            ("* a\n  goes on\n* `b`", "<ul><li>a goes on</li><li><code>b</code></li></ul>"),
            ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
            ("```\n<x>\n```", "<pre class=\"ab-command\">&lt;x&gt;</pre>"),
            ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
            ("see [it](format.md)", "<p>see <a href=\"architecture/format\">it</a></p>"),
            ("3 * 4 * 5", "<p>3 * 4 * 5</p>"),
        ] {
            assert_eq!(page(text), drawn, "{text}");
        }
        let table = page("| a | b |\n|---|--:|\n| `x|y` | 1 \\| 2 |");
        assert!(
            table.contains("<th>a</th><th>b</th>") && table.contains("<td><code>x|y</code></td><td>1 | 2</td>"),
            "{table}"
        );
    }

    #[test]
    fn nothing_in_a_text_becomes_a_tag_or_a_script() {
        for text in
            ["<script>x</script>", "[a](javascript:x)", "`<b>`", "| <b> |", "[<b>](format.md)", "# <b>", "[a](//evil)"]
        {
            let drawn = page(text);
            assert!(!drawn.contains("<script") && !drawn.contains("<b>") && !drawn.contains("javascript"), "{drawn}");
            assert!(!drawn.contains("//evil\""), "{drawn}");
        }
        // Whatever is left open is text.
        for text in ["`", "**", "*", "[a](", "[a]", "```", "|", "", "a ** b", "****", "[](", "\u{e4}*\u{e4}"] {
            page(text);
        }
    }
}
