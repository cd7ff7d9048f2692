//! When so little is left of a host that its newest snapshot is not trusted.
use super::counts::Counts;

/// Fewer files are too few to judge by.
const FEWEST: u64 = 100;

/// Why a snapshot is not trusted after one with `before`; `None` when it is.
pub fn why_suspect(before: &Counts, now: &Counts) -> Option<String> {
    let is_half_gone = |before: u64, now: u64| now < before.div_ceil(2);
    if before.files < FEWEST {
        None
    } else if is_half_gone(before.files, now.files) {
        Some(format!("of {} files {} are left", before.files, now.files))
    } else if is_half_gone(before.bytes, now.bytes) {
        Some(format!("of {} bytes {} are left", before.bytes, now.bytes))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_lost_more_than_half_is_not_trusted_unless_it_was_small() {
        let of = |files: u64, bytes: u64| Counts { files, bytes, ..Counts::default() };
        for (before, now, trusted) in [
            (of(100, 1000), of(50, 500), true),
            (of(100, 1000), of(49, 900), false),
            (of(100, 1000), of(100, 499), false),
            (of(99, 1000), of(0, 0), true),
            (of(101, 1000), of(50, 1000), false),
            (of(0, 0), of(5, 5), true),
        ] {
            assert_eq!(why_suspect(&before, &now).is_none(), trusted, "{before:?} {now:?}");
        }
    }
}
