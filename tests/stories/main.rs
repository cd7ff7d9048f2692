//! Stories: each module tells what an owner lives through. One test binary, so that it links once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::fn_params_excessive_bools,
    clippy::unreachable,
    clippy::print_stderr,
    reason = "a test may end where it fails"
)]
mod agreement;
mod alerts;
mod api_tokens;
mod archive_writer;
mod archives_by_plan;
mod archives_elsewhere;
mod backups_folder;
mod backups_shut;
mod backups_within;
mod camera_site;
mod clock_ahead;
mod crawled;
mod create_and_list;
mod damaged_archives;
mod damaged_ends;
mod databases_empty;
mod databases_unlinked;
mod destinations_listed;
mod destinations_page;
mod door_kept_shut;
mod door_under_attack;
mod downloads_resumed;
mod drives;
mod drives_read_only;
mod drives_with_habits;
mod drives_with_litter;
mod hooks;
mod hostile_archives;
mod hosts_over_ssh;
mod indi_archives;
mod installed;
mod installed_again;
mod installed_indi;
mod installed_layouts;
mod installed_package;
mod installed_trust;
mod jobs_cancelled;
mod jobs_history;
mod jobs_lanes;
mod left_out;
mod limits_told;
mod mails_delivered;
mod mails_told;
mod member_index;
mod memory_of_names;
mod modules_beside;
mod mounted;
mod mounted_indi;
mod mounted_released;
mod nights_by_day;
mod nights_drives;
mod nights_judged;
mod nights_late;
mod nights_listed;
mod nights_measured;
mod nights_of_indi;
mod nights_restored;
mod nights_rules;
mod nights_saved;
mod nights_scheduled;
mod nights_unrated;
mod odd_addresses;
mod odd_files_saved;
mod odd_names;
mod odd_starts;
mod one_bad_thing;
mod page_of_archives;
mod panel_archives;
mod places_missing;
mod plans_copied;
mod plans_page;
mod programs_hidden;
mod random_trees;
mod reading_sessions;
mod recovered_elsewhere;
mod reports_told;
mod restore_config;
mod restore_databases;
mod restore_elsewhere;
mod restore_hostile;
mod restore_images;
mod restore_no_room;
mod restore_obstructed;
mod restore_programs;
mod restore_rights;
mod restore_service;
mod restored_link;
mod root_by_hand;
mod runs;
mod secrets_kept;
mod settings_checked;
mod settings_saved;
mod snapshots_alarm;
mod snapshots_archived;
mod snapshots_drives;
mod snapshots_given_back;
mod snapshots_kept;
mod snapshots_page;
mod snapshots_taken;
mod support;
mod swap_crashes;
mod swap_rules;
mod terminal;
mod told_truly;
mod too_much;
mod upload_in_pieces;
mod uploads_judged;
