//! Stories: each module tells what an owner lives through. One test binary, so that it links once.
mod agreement;
mod archive_writer;
mod backups_folder;
mod camera_site;
mod create_and_list;
mod hostile_archives;
mod jobs_history;
mod member_index;
mod odd_names;
mod panel_archives;
mod restore_config;
mod support;
mod swap_crashes;
mod swap_rules;
mod terminal;
