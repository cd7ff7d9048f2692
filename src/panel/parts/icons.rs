//! Our own line icons, inline, so that no font has to load. They stand beside a word or a name,
//! never alone for a meaning.
use maud::{Markup, PreEscaped, html};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Check,
    Question,
    Warning,
    Cross,
    Foreign,
    Circle,
    Spinner,
    Clock,
    Stop,
    About,
    Download,
    Upload,
    Verify,
    Delete,
    Plus,
    Gear,
    Picture,
    Folder,
    File,
    Sun,
    Moon,
    Archive,
    Search,
    Broken,
    Restore,
    Undo,
    Fold,
    Change,
    Camera,
    Lock,
    Pin,
    Drive,
    Pause,
    Play,
    Chart,
    Mail,
    Computer,
}

/// 24 units square; drawn in the colour of the text.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg.ab-icon.ab-spin[icon == Icon::Spinner] viewBox="0 0 24 24" width="18" height="18" fill="none"
            stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"
            aria-hidden="true" focusable="false" { (PreEscaped(strokes(icon))) }
    }
}

fn strokes(icon: Icon) -> &'static str {
    match icon {
        Icon::Computer => {
            r#"<rect x="3" y="4" width="18" height="12" rx="1.5"/><path d="M8 20.5h8"/><path d="M12 16v4.5"/>"#
        }
        Icon::Check => r#"<circle cx="12" cy="12" r="9.5"/><path d="M7.5 12.5l3 3 6-6.5"/>"#,
        Icon::Question => {
            r#"<circle cx="12" cy="12" r="9.5"/><path d="M9.2 9.3a2.9 2.9 0 1 1 4.2 2.6c-1 .5-1.4 1-1.4 2"/><path d="M12 17.2v.1"/>"#
        }
        Icon::Warning => r#"<path d="M12 3.5L2.5 20.5h19z"/><path d="M12 10v5"/><path d="M12 17.8v.1"/>"#,
        Icon::Cross => r#"<circle cx="12" cy="12" r="9.5"/><path d="M8.5 8.5l7 7m0-7l-7 7"/>"#,
        Icon::Foreign => r#"<circle cx="12" cy="12" r="9.5"/><path d="M7.5 12h9"/>"#,
        Icon::Circle => r#"<circle cx="12" cy="12" r="9.5"/>"#,
        Icon::Spinner => r#"<path d="M12 2.5a9.5 9.5 0 1 0 9.5 9.5"/>"#,
        Icon::Clock => r#"<circle cx="12" cy="12" r="9.5"/><path d="M12 6.5V12l3.5 2.5"/>"#,
        Icon::Stop => r#"<circle cx="12" cy="12" r="9.5"/><rect x="8.5" y="8.5" width="7" height="7"/>"#,
        Icon::About => r#"<circle cx="12" cy="12" r="9.5"/><path d="M12 11v6"/><path d="M12 7.3v.1"/>"#,
        Icon::Download => r#"<path d="M12 3v12m-5-5l5 5 5-5"/><path d="M4 20.5h16"/>"#,
        Icon::Upload => r#"<path d="M12 16V4m-5 5l5-5 5 5"/><path d="M4 20.5h16"/>"#,
        Icon::Verify => {
            r#"<path d="M12 2.8l7.5 3v5.7c0 4.7-3.2 8-7.5 9.7-4.3-1.7-7.5-5-7.5-9.7V5.8z"/><path d="M8.5 11.8l2.6 2.6 4.6-5"/>"#
        }
        Icon::Delete => r#"<path d="M4 6.5h16M9.5 6V3.5h5V6M6 6.5l1 14h10l1-14M10 10.5v6m4-6v6"/>"#,
        Icon::Plus => r#"<path d="M12 5v14M5 12h14"/>"#,
        Icon::Gear => {
            r#"<circle cx="12" cy="12" r="3.2"/><path d="M12 2.5v3m0 13v3M2.5 12h3m13 0h3M5.3 5.3l2.1 2.1m9.2 9.2l2.1 2.1M5.3 18.7l2.1-2.1m9.2-9.2l2.1-2.1"/>"#
        }
        Icon::Picture => {
            r#"<rect x="2.5" y="4" width="19" height="16" rx="2"/><circle cx="8" cy="9.5" r="1.7"/><path d="M3 18l6-5.5 4 3.5 4-4 4.5 4.5"/>"#
        }
        Icon::Folder => r#"<path d="M2.5 19V5h7l2 2.5h10V19z"/>"#,
        Icon::File => r#"<path d="M6 2.5h8l4.5 4.5v14.5H6z"/><path d="M13.5 3v4.5h5"/>"#,
        Icon::Sun => {
            r#"<circle cx="12" cy="12" r="4.2"/><path d="M12 2v2.5m0 15V22M2 12h2.5m15 0H22M5 5l1.7 1.7m10.6 10.6L19 19M5 19l1.7-1.7M17.3 6.7L19 5"/>"#
        }
        Icon::Moon => r#"<path d="M20.5 14.5A8.7 8.7 0 0 1 9.5 3.5a8.7 8.7 0 1 0 11 11z"/>"#,
        Icon::Archive => r#"<rect x="2.5" y="3.5" width="19" height="5"/><path d="M4.5 8.5v12h15v-12M10 12.5h4"/>"#,
        Icon::Search => r#"<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5l5.5 5.5"/>"#,
        Icon::Restore => r#"<path d="M3 4v6h6"/><path d="M3.5 10a9 9 0 1 1-.4 4.5"/><path d="M12 7.5V12l3 2"/>"#,
        Icon::Undo => r#"<path d="M8.5 4L3.5 9l5 5"/><path d="M4 9h10.5a5.5 5.5 0 0 1 0 11H9"/>"#,
        Icon::Fold => r#"<path d="M9 5.5l6.5 6.5L9 18.5"/>"#,
        Icon::Change => r#"<path d="M4 8.5h14m-4-4l4 4-4 4"/><path d="M20 16H6m4 4l-4-4 4-4"/>"#,
        Icon::Camera => r#"<path d="M2.5 7.5h4l2-3h7l2 3h4v12h-19z"/><circle cx="12" cy="13" r="3.6"/>"#,
        Icon::Mail => r#"<rect x="2.5" y="5" width="19" height="14" rx="2"/><path d="M3 6.5l9 7 9-7"/>"#,
        Icon::Lock => {
            r#"<rect x="4.5" y="10.5" width="15" height="10" rx="1.5"/><path d="M8 10.5V7a4 4 0 0 1 8 0v3.5"/>"#
        }
        Icon::Pin => r#"<path d="M9 3h6l-1 6 3.5 3.5h-11L10 9z"/><path d="M12 12.5V21"/>"#,
        Icon::Drive => r#"<rect x="2.5" y="7" width="19" height="10" rx="2"/><path d="M17.5 12v.1M14 12v.1"/>"#,
        Icon::Pause => r#"<circle cx="12" cy="12" r="9.5"/><path d="M9.8 8.5v7m4.4-7v7"/>"#,
        Icon::Play => r#"<circle cx="12" cy="12" r="9.5"/><path d="M10 8.2l6 3.8-6 3.8z"/>"#,
        Icon::Chart => r#"<path d="M3.5 20.5h17M6.5 17v-4m4 4V8m4 9v-7m4 7V4.5"/>"#,
        Icon::Broken => r#"<path d="M13 2.5L6 13h5l-1.5 8.5L18 10h-5.5z"/>"#,
    }
}
