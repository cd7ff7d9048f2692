//! A sheet as HTML that mail programs of phones and desktops show as it is meant, light and dark.
//!
//! Tables and styles in the tags, since mail programs drop almost everything else; no picture, no
//! script, nothing that is fetched. Everything that is not ours is escaped.
use std::fmt::Write;

use super::sheet::{Block, Mood, Row, Sheet};

/// Colours that are read on white and on black; programs that know dark mode get better ones.
const STYLE: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (prefers-color-scheme:dark){\
.page{background:#15181c!important;color:#e4e7ea!important}\
.card{background:#1f2429!important;border-color:#343b42!important}\
.name{color:#9aa5b1!important}\
.line{border-color:#343b42!important}\
.log{background:#15181c!important;color:#cfd6dd!important}\
.good{color:#6fd08c!important}.careful{color:#f0c05a!important}.bad{color:#ff8f87!important}}";
const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/// The whole document.
pub fn html(sheet: &Sheet) -> String {
    let (class, colour, sign) = match sheet.mood {
        Mood::Good => ("good", "#1b7a3a", "✓"),
        Mood::Careful => ("careful", "#8a5a00", "!"),
        Mood::Bad => ("bad", "#b3261e", "✕"),
    };
    let mut body = String::new();
    for block in &sheet.blocks {
        put(block, &mut body);
    }
    let headline = escaped(&sheet.headline);
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
<title>{headline}</title><style>{STYLE}</style></head>\n\
<body class=\"page\" style=\"margin:0;padding:0;background:#f2f4f6;color:#1d2329;{FONT}\">\n\
<table role=\"presentation\" class=\"page\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
style=\"background:#f2f4f6;color:#1d2329\"><tr><td align=\"center\" style=\"padding:16px 8px\">\n\
<table role=\"presentation\" class=\"card\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
style=\"max-width:600px;background:#ffffff;border:1px solid #d9dee3;border-radius:8px;text-align:left\">\
<tr><td style=\"padding:20px 20px 16px;{FONT};font-size:15px;line-height:1.45\">\n\
<h1 style=\"margin:0 0 14px;font-size:20px;line-height:1.3\">\
<span class=\"{class}\" style=\"color:{colour}\" aria-hidden=\"true\">{sign}&#160;</span>{headline}</h1>\n\
{body}</td></tr></table>\n</td></tr></table>\n</body></html>\n"
    )
}

fn put(block: &Block, body: &mut String) {
    // Writing to a String cannot fail.
    let _ = match block {
        Block::Facts(facts) => {
            body.push_str(
                "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:0 0 14px\">",
            );
            for (name, value) in facts {
                let _ = write!(
                    body,
                    "<tr><td class=\"name\" style=\"padding:2px 14px 2px 0;color:#5b6670;font-size:14px;\
vertical-align:top\">{}</td><td style=\"padding:2px 0;font-size:15px;overflow-wrap:anywhere\">{}</td></tr>",
                    escaped(name),
                    escaped(value)
                );
            }
            writeln!(body, "</table>")
        }
        Block::Rows { title, rows, when_empty } => {
            let _ = write!(body, "{}", heading(title));
            body.push_str("<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:0 0 14px\">");
            for row in rows {
                put_row(row, body);
            }
            if rows.is_empty() {
                let _ = write!(
                    body,
                    "<tr><td class=\"line\" style=\"padding:6px 0;border-top:1px solid #e4e8ec;font-size:14px\">{}</td></tr>",
                    escaped(when_empty)
                );
            }
            writeln!(body, "</table>")
        }
        Block::Heading(text) => writeln!(
            body,
            "<h2 class=\"line\" style=\"margin:18px 0 8px;padding-top:12px;border-top:2px solid #d9dee3;font-size:17px\">{}</h2>",
            escaped(text)
        ),
        Block::Words(text) => writeln!(body, "<p style=\"margin:0 0 14px\">{}</p>", escaped(text)),
        Block::Log { title, lines } => {
            let _ = write!(body, "{}", heading(title));
            let _ = write!(
                body,
                "<pre class=\"log\" style=\"margin:0 0 14px;padding:10px;background:#f2f4f6;color:#333b43;\
border-radius:6px;font-size:12px;line-height:1.5;white-space:pre-wrap;overflow-wrap:anywhere\">"
            );
            for line in lines {
                let _ = writeln!(body, "{}", escaped(line));
            }
            writeln!(body, "</pre>")
        }
    };
}

fn put_row(row: &Row, body: &mut String) {
    body.push_str("<tr>");
    for (at, cell) in row.cells.iter().enumerate() {
        let first = if at == 0 { ";white-space:nowrap;font-weight:600" } else { "" };
        let _ = write!(
            body,
            "<td class=\"line\" style=\"padding:6px 8px 6px 0;border-top:1px solid #e4e8ec;font-size:14px;\
vertical-align:top{first}\">{}</td>",
            escaped(cell)
        );
    }
    body.push_str("</tr>");
    if let Some(remark) = &row.remark {
        let columns = row.cells.len();
        let _ = write!(
            body,
            "<tr><td class=\"bad\" colspan=\"{columns}\" style=\"padding:0 8px 6px 0;color:#b3261e;font-size:14px;\
overflow-wrap:anywhere\">{}</td></tr>",
            escaped(remark)
        );
    }
}

fn heading(title: &str) -> String {
    format!("<h2 style=\"margin:6px 0 6px;font-size:15px\">{}</h2>", escaped(title))
}

/// Safe between tags and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_others_becomes_a_tag_an_attribute_or_a_link() {
        let evil = "<img src=x onerror=\"a('b')\">&<!-- ]]> http://example.org";
        let rows = vec![Row { cells: vec![evil.to_owned(), evil.to_owned()], remark: Some(evil.to_owned()) }];
        let blocks = vec![
            Block::Facts(vec![("Host", evil.to_owned())]),
            Block::Rows { title: "Nights", rows, when_empty: "none" },
            Block::Heading(evil.to_owned()),
            Block::Words(evil.to_owned()),
            Block::Log { title: "Log", lines: vec![evil.to_owned()] },
        ];
        let page = html(&Sheet::new(Mood::Bad, evil, blocks));
        assert!(!page.contains("<img") && !page.contains("<!-- ") && !page.contains("onerror=\"a"), "{page}");
        assert_eq!(page.matches("&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;&lt;!-- ]]&gt;").count(), 9);
        for tag in ["<a ", "src=", "href=", "<script", "url("] {
            let ours = page.replace("&lt;img src=x", "");
            assert!(!ours.contains(tag), "{tag}: a mail that fetches something tells its sender that it was read");
        }
    }

    #[test]
    fn an_empty_table_says_so() {
        let rows = Block::Rows { title: "Nights", rows: vec![], when_empty: "none" };
        let sheet = Sheet::new(Mood::Good, "x", vec![rows]);
        assert!(html(&sheet).contains(">none</td>"));
        assert_eq!(super::super::sheet::text(&sheet), "Nights:\nnone\n");
    }
}
