//! Rules of the configuration, one sentence each.
use std::collections::BTreeSet;

use serde_json::Value;

use super::keys::{all, join};
use super::*;
use crate::domain::notify::Transport;

/// `LINE: PATH (CODE)` of every mistake.
fn mistakes(text: &str) -> Vec<String> {
    let told = Reading::of(text).mistakes;
    told.iter().map(|m| format!("{}: {} ({})", m.line, m.path, m.code.as_str())).collect()
}

fn paths(section: &str, value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(table) => table.iter().flat_map(|(name, below)| paths(&join(section, name), below)).collect(),
        _ => BTreeSet::from([section.to_owned()]),
    }
}

#[test]
fn every_key_of_the_table_is_a_setting_and_every_setting_is_in_the_table() {
    let settings = paths("", &serde_json::to_value(Settings::default()).unwrap());
    let table: BTreeSet<String> = all().map(|found| found.path()).collect();
    assert_eq!(settings, table);
}

#[test]
fn every_key_is_optional_and_all_are_read() {
    let nothing = Reading::of("");
    assert_eq!((nothing.settings, nothing.mistakes), (Settings::default(), Vec::new()));
    let all = "config_version = 2\n[site]\nhome = \"/a\"\nsystem = \"indi-allsky\"\nflask = \"/f.json\"\n[backups]\ndir = \"/b\"\n[state]\ndir = \"/c\"\n\
               [server]\nbind = \"127.0.0.1:1\"\nbase_path = \"/b\"\nauth = \"token\"\ntoken_file = \"/t\"\n\
               hosts = [\"sky.example\"]\n[panel]\nbridge = \"http://127.0.0.1/x\"\n\
               [restore]\nundo_days = 3\nwatch_seconds = 5\nif_camera_stays_down = \"offer\"\n\
               [notify]\ntransport = \"sendmail\"\nemail_sender = \"a@b\"\nemail_report = \"c@d\"\n\
               [nights]\nstart_date = \"2026-01-02\"\nschedule = \"\"\nmin_avg_stars_primary = 0x2bc\ndatabase = \"\"\n";
    let reading = Reading::of(&all.replace("0x2bc", "6_0_0"));
    assert_eq!(reading.mistakes, Vec::new());
    let settings = reading.settings;
    let site = SiteSettings { home: Some("/a".into()), system: System::IndiAllsky, flask: Some("/f.json".into()) };
    assert_eq!(settings.site, site);
    assert_eq!((settings.backups.dir, settings.state.dir), (Some("/b".into()), Some("/c".into())));
    assert_eq!(settings.server.bind, Some("127.0.0.1:1".parse().unwrap()));
    let restore = RestoreSettings { undo_days: 3, watch_seconds: 5, if_camera_stays_down: IfDown::Offer };
    assert_eq!(settings.restore, restore);
    assert_eq!(settings.notify.transport, Transport::Sendmail);
    assert!((settings.nights.thresholds().min_avg_stars_primary - 600.0).abs() < f64::EPSILON);
    assert_eq!((settings.nights.schedule.0, settings.nights.database), (None, None));
}

#[test]
fn a_mistake_is_named_with_its_line_its_key_and_its_rule() {
    for (text, told) in [
        ("[site]\nhme = \"/a\"\n", "2: site.hme (unknown_key)"),
        ("\n\n[sites]\n", "3: sites (unknown_key)"),
        ("min_images = 3\n", "1: min_images (unknown_key)"),
        ("\"nights.min_images\" = 3\n", "1: nights.min_images (unknown_key)"),
        ("nights = 3\n", "1: nights (bad_type)"),
        ("[destination]\npath = \"/a\"\n", "1: destination (bad_type)"),
        ("config_version = 1\n", "1: config_version (out_of_range)"),
        ("[server]\n# here\nbind = \"nowhere\"\n", "3: server.bind (bad_name)"),
        ("[server]\nhosts = [\"a\", \"b:80\"]\n", "2: server.hosts (bad_name)"),
        ("[server]\nhosts = [\"a\", 3]\n", "2: server.hosts (bad_type)"),
        ("[server]\nauth = \"nobody\"\n", "2: server.auth (out_of_range)"),
        ("[server]\nauth = \"token\"\n", "2: server.token_file (missing_key)"),
        ("[server]\nbind = \"0.0.0.0:80\"\n", "2: server.bind (insecure_bind)"),
        ("[panel]\nbridge = \"http://elsewhere/\"\n", "2: panel.bridge (bad_name)"),
        ("[site]\nsystem = \"indi\"\n", "2: site.system (out_of_range)"),
        ("[site]\nhome = 3\n", "2: site.home (bad_type)"),
        ("[site]\nhome = \"~/allsky\"\n", "2: site.home (bad_name)"),
        ("[site\n", "1:  (syntax)"),
        ("[site]\nhome = \"/a\"\nhome = \"/b\"\n", "3:  (syntax)"),
        ("[nights]\nschedule = \"noon\"\n", "2: nights.schedule (bad_schedule)"),
        ("[nights]\nstart_date = \"2026-02-30\"\n", "2: nights.start_date (bad_date)"),
        ("[nights]\nstart_date = 2026-02-03\n", "2: nights.start_date (bad_type)"),
        ("[nights]\nmin_images = -1\n", "2: nights.min_images (out_of_range)"),
        ("[nights]\nmin_images = 99999999999999999999\n", "2: nights.min_images (out_of_range)"),
        ("[nights]\nmin_moon_pct_secondary = nan\n", "2: nights.min_moon_pct_secondary (out_of_range)"),
        ("[nights]\nmin_avg_stars_primary = 400\n", "2: nights.min_avg_stars_secondary (threshold_order)"),
        ("[nights]\ngreat_night_min_avg_stars = 400\n", "2: nights.great_night_min_avg_stars (threshold_order)"),
        ("[retention.nights]\nmax_used_pct = 100\n", "2: retention.nights.max_used_pct (out_of_range)"),
        ("[retention.nights]\nmin_free = \"20 GB\"\n", "2: retention.nights.min_free (bad_size)"),
        ("[notify]\nemail_report = \"me@\"\n", "2: notify.email_report (email_incomplete)"),
        ("[notify]\ncommand = [\"\"]\n", "2: notify.command (hook_not_executable)"),
    ] {
        assert_eq!(mistakes(text), [told], "{text:?}");
    }
}

#[test]
fn all_mistakes_are_told_in_one_go_and_in_the_order_of_the_lines() {
    let text = "[site]\nhme = \"/a\"\n\n[nights]\nmin_images = \"many\"\nschedule = \"noon\"\nmin_avg_stars_primary = 10\n\
                [notify]\ntransport = \"smtp\"\n";
    assert_eq!(
        mistakes(text),
        [
            "2: site.hme (unknown_key)",
            "5: nights.min_images (bad_type)",
            "6: nights.schedule (bad_schedule)",
            "7: nights.min_avg_stars_secondary (threshold_order)",
            "9: notify.email_report (email_incomplete)",
            "9: notify.email_sender (email_incomplete)",
            "9: notify.password_file (email_incomplete)",
        ]
    );
}

#[test]
fn broken_lines_do_not_hide_mistakes_of_other_lines() {
    let told = mistakes("[site]\nhome = /a\n[nights]\nmin_image = 3\nschedule = \"noon\"\nkeogram = yes\n");
    assert_eq!(
        told,
        ["2:  (syntax)", "4: nights.min_image (unknown_key)", "5: nights.schedule (bad_schedule)", "6:  (syntax)"]
    );
}

#[test]
fn a_rule_over_several_keys_waits_until_each_of_them_is_right() {
    assert_eq!(
        mistakes("[nights]\nmin_avg_stars_primary = \"few\"\nmin_avg_stars_secondary = 5000\n"),
        ["2: nights.min_avg_stars_primary (bad_type)"]
    );
}

#[test]
fn a_mistyped_key_is_told_what_was_meant_and_where_it_belongs() {
    let said = |text: &str| Reading::of(text).mistakes[0].message.clone();
    assert!(said("[site]\nhme = 1\n").ends_with("did you mean home?"));
    assert!(said("[nigths]\n").ends_with("did you mean nights?"));
    assert!(said("[retention.night]\n").ends_with("did you mean nights?"));
    assert!(said("[site]\nmin_images = 1\n").ends_with("it belongs in [nights]"));
    assert!(said("[restore]\ncolour = 1\n").contains("undo_days, watch_seconds"));
}

#[test]
fn what_is_said_of_a_mistake_never_repeats_what_could_be_a_password() {
    let told = Reading::of("[notify]\npassword = \"tr0ub4dor\"\npassword_file = 'tr0ub4dor\n").mistakes;
    assert!(!told.is_empty() && told.iter().all(|m| !m.to_string().contains("tr0ub4dor")), "{told:?}");
}

#[test]
fn the_example_shows_every_key_at_its_default() {
    let example = super::manual::example();
    assert_eq!(Reading::of(&example), Reading::default(), "nothing is set by it");
    let mut text = String::new();
    for line in example.lines() {
        let assigns = line.strip_prefix('#').filter(|rest| !rest.starts_with(' '));
        text.push_str(assigns.unwrap_or(line));
        text.push('\n');
    }
    let reading = Reading::of(&text);
    assert_eq!((reading.settings, reading.mistakes), (Settings::default(), Vec::new()));
    assert_eq!(reading.document.written.len(), all().count());
}

#[test]
fn every_key_of_the_table_is_a_value_of_the_settings() {
    let settings = serde_json::to_value(Settings::default()).unwrap();
    for found in all() {
        let place = format!("/{}", found.path().replace('.', "/"));
        assert!(settings.pointer(&place).is_some(), "{}", found.path());
    }
}

#[test]
fn the_guide_has_the_reference_of_today() {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide.md")).unwrap();
    let reference = super::manual::reference();
    let missing: Vec<&str> = reference.lines().filter(|line| !guide.contains(line)).collect();
    assert!(missing.is_empty(), "put into docs/guide.md:\n{reference}");
}

#[test]
fn texts_that_are_far_too_long_or_all_mistakes_are_judged_at_once() {
    let too_long = "# x\n".repeat(80_000);
    let told = Reading::of(&too_long).mistakes;
    assert_eq!(told.iter().map(|m| m.code).collect::<Vec<_>>(), [Rule::TooLong]);
    let lines = |line: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        let mut number = 0;
        while text.len() < 250_000 {
            text += &line(number);
            number += 1;
        }
        text
    };
    for text in [
        lines(&|n| format!("k{n} = 1\n")),
        lines(&|n| format!("[s{n}]\nx = 1\n")),
        lines(&|_| "= \n".to_owned()),
        lines(&|_| "a = 1\n".to_owned()),
        format!("{} = 1\n", "k".repeat(250_000)),
        format!("{}a = 1\n", "a.".repeat(100_000)),
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{a=".repeat(80_000)),
        format!("[{}a]\n", "a.".repeat(100_000)),
        format!("[notify]\ncommand = [{}]\n", "\"x\",".repeat(60_000)),
    ] {
        let begun = std::time::Instant::now();
        let told = Reading::of(&text).mistakes;
        assert!((0..=100).contains(&told.len()), "{}", told.len());
        // A quadratic reader needs minutes.
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{} {:?}", &text[..20], begun.elapsed());
    }
}
