//! What an archive is: its name, what it says of itself, what is in it, and what is not.
pub mod left_out;
pub mod listing;
pub mod member_index;
pub mod metadata;
pub mod metadata_text;
pub mod name;
pub mod note;
pub mod proof;
pub mod section;
pub mod wanted;
