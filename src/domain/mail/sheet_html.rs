//! A sheet as HTML that mail programs of phones and desktops show as it is meant, light and dark.
//!
//! Tables and styles in the tags, since mail programs drop almost everything else; no picture, no
//! script, nothing that is fetched. Everything that is not ours is escaped.
use maud::{DOCTYPE, Markup, PreEscaped, html};

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
const BODY: &str = "margin:0;padding:0;background:#f2f4f6;color:#1d2329;\
font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
/// Tables do not take over the font of what is around them everywhere.
const INSIDE: &str = "padding:20px 20px 16px;\
font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.45";
const CARD: &str = "max-width:600px;background:#ffffff;border:1px solid #d9dee3;border-radius:8px;text-align:left";
const NAME: &str = "padding:2px 14px 2px 0;color:#5b6670;font-size:14px;vertical-align:top";
const HEADING: &str = "margin:18px 0 8px;padding-top:12px;border-top:2px solid #d9dee3;font-size:17px";
const LOG: &str = "margin:0 0 14px;padding:10px;background:#f2f4f6;color:#333b43;border-radius:6px;font-size:12px;\
line-height:1.5;white-space:pre-wrap;overflow-wrap:anywhere";
const CELL: &str = "padding:6px 8px 6px 0;border-top:1px solid #e4e8ec;font-size:14px;vertical-align:top";
const FIRST_CELL: &str = "padding:6px 8px 6px 0;border-top:1px solid #e4e8ec;font-size:14px;vertical-align:top;\
white-space:nowrap;font-weight:600";
const REMARK: &str = "padding:0 8px 6px 0;color:#b3261e;font-size:14px;overflow-wrap:anywhere";

/// The whole document.
pub fn html(sheet: &Sheet) -> String {
    let (class, colour, sign) = match sheet.mood {
        Mood::Good => ("good", "#1b7a3a", "✓"),
        Mood::Careful => ("careful", "#8a5a00", "!"),
        Mood::Bad => ("bad", "#b3261e", "✕"),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (sheet.headline) }
                style { (PreEscaped(STYLE)) }
            }
            body.page style=(BODY) {
                table.page role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f6;color:#1d2329" {
                    tr { td align="center" style="padding:16px 8px" {
                        table.card role="presentation" width="100%" cellpadding="0" cellspacing="0" style=(CARD) {
                            tr { td style=(INSIDE) {
                                h1 style="margin:0 0 14px;font-size:20px;line-height:1.3" {
                                    span.(class) style={ "color:" (colour) } aria-hidden="true" { (sign) (PreEscaped("&#160;")) }
                                    (sheet.headline)
                                }
                                @for block in &sheet.blocks { (drawn(block)) }
                            } }
                        }
                    } }
                }
            }
        }
    };
    page.into_string()
}

fn drawn(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Facts(facts) => {
                table role="presentation" cellpadding="0" cellspacing="0" style="margin:0 0 14px" {
                    @for (name, value) in facts {
                        tr {
                            td.name style=(NAME) { (name) }
                            td style="padding:2px 0;font-size:15px;overflow-wrap:anywhere" { (value) }
                        }
                    }
                }
            }
            Block::Rows { title, rows, when_empty } => {
                (heading(title))
                table width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 14px" {
                    @for row in rows { (line(row)) }
                    @if rows.is_empty() {
                        tr { td.line style="padding:6px 0;border-top:1px solid #e4e8ec;font-size:14px" { (when_empty) } }
                    }
                }
            }
            Block::Heading(text) => { h2.line style=(HEADING) { (text) } }
            Block::Words(text) => { p style="margin:0 0 14px" { (text) } }
            Block::Log { title, lines } => {
                (heading(title))
                pre.log style=(LOG) { @for line in lines { (line) "\n" } }
            }
        }
    }
}

fn line(row: &Row) -> Markup {
    html! {
        tr {
            @for (at, cell) in row.cells.iter().enumerate() {
                td.line style=(if at == 0 { FIRST_CELL } else { CELL }) { (cell) }
            }
        }
        @if let Some(remark) = &row.remark {
            tr { td.bad colspan=(row.cells.len()) style=(REMARK) { (remark) } }
        }
    }
}

fn heading(title: &str) -> Markup {
    html! { h2 style="margin:6px 0 6px;font-size:15px" { (title) } }
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
        assert_eq!(page.matches("&lt;img src=x onerror=&quot;a('b')&quot;&gt;&amp;&lt;!-- ]]&gt;").count(), 9);
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
