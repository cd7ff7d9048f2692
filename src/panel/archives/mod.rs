//! The first page: every archive with what can be done with it, and its dialogs.
pub(crate) mod archive_table;
pub(crate) mod board;
pub(crate) mod create_dialog;
pub(crate) mod delete_dialog;
pub(crate) mod download;
pub(crate) mod file_tree;
pub(crate) mod folder_page;
pub(crate) mod info_page;
pub(crate) mod not_whole;
pub(crate) mod orders;
pub(crate) mod page;
pub(crate) mod picture;
