//! Names of the files of a log, as C2SP tlog-tiles gives them: `tile/entries/<N>`, `tile/<L>/<N>`, and `.p/<W>` behind the last one
//! that is not full. Source: <https://c2sp.org/tlog-tiles>.

/// Entries of a bundle, hashes of a tile.
pub const WIDTH: u64 = 256;
/// Levels of tiles that a tree of 2^64 leaves has: a hash of level L + 1 is the root of a full tile of level L.
pub const LEVELS: u8 = 8;

/// A number in groups of three digits: 1234067 is `x001/x234/067`.
#[must_use]
pub fn number_path(number: u64) -> String {
    let mut path = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        path.insert_str(0, &format!("x{:03}/", rest % 1000));
        rest /= 1000;
    }
    path
}

/// The same for a file of `width` elements: full, or with the width of a partial one behind it.
#[must_use]
pub fn file_path(number: u64, width: u64) -> String {
    let path = number_path(number);
    if width == WIDTH { path } else { format!("{path}.p/{width}") }
}

/// Number and width out of such a path; `None` when it is not written exactly so.
#[must_use]
pub fn parse_path(path: &str) -> Option<(u64, u64)> {
    let (full, width) = match path.split_once(".p/") {
        Some((full, width)) => {
            (full, crate::checkpoint::decimal(width).filter(|width| (1..WIDTH).contains(width))?)
        }
        None => (path, WIDTH),
    };
    // The longest there is: 2^64 - 1.
    if full.len() > "x018/x446/x744/x073/x709/x551/615".len() {
        return None;
    }
    let mut number = 0_u64;
    for group in full.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        number = number.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    (file_path(number, width) == path).then_some((number, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_back_and_no_other_spelling_of_it_does() {
        for (number, width, path) in [
            (0, 256, "000"),
            (999, 256, "999"),
            (1_000, 1, "x001/000.p/1"),
            (1_234_067, 255, "x001/x234/067.p/255"),
            (u64::MAX, 256, "x018/x446/x744/x073/x709/x551/615"),
        ] {
            assert_eq!(file_path(number, width), path);
            assert_eq!(parse_path(path), Some((number, width)));
        }
        let others = [
            "",
            "0",
            "0000",
            "x000/001",
            "x001/x002",
            "001/002",
            "000.p/0",
            "000.p/256",
            "000.p/01",
            "000.p/",
            "x999/x999/x999/x999/x999/x999/x999/999",
            "000/",
            "/000",
            "+01",
            "000.p/1.p/1",
        ];
        for path in others {
            assert_eq!(parse_path(path), None, "{path}");
        }
    }
}
