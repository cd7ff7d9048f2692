//! What marks the member index of an archive (`NAME.index`, SQLite) as ours, for those who must know it
//! without opening it as a database.

/// Stands in the header of the file, with the version of its tables in the last digits.
pub const APPLICATION_ID: i32 = 0x4153_4202;
/// So much of the file tells whether it is ours.
pub const HEAD_BYTES: u64 = 100;

const MAGIC: &[u8] = b"SQLite format 3\0";
/// Where SQLite keeps the application id in its header, big-endian.
const PLACE: std::ops::Range<usize> = 68..72;

/// True for the first bytes of an index of any version of ours.
pub fn is_ours(head: &[u8]) -> bool {
    let ours = APPLICATION_ID.to_be_bytes();
    head.starts_with(MAGIC) && head.get(PLACE).is_some_and(|found| found[..3] == ours[..3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_or_a_file_that_is_none_is_not_ours() {
        let mut head = [MAGIC, &[0; 84]].concat();
        assert!(!is_ours(&head));
        head[PLACE].copy_from_slice(&APPLICATION_ID.to_be_bytes());
        assert!(is_ours(&head) && !is_ours(&head[..70]) && !is_ours(&head[1..]) && !is_ours(b""));
    }
}
