//! Where files lie in a bundle: every path that may be there, and the manifest.

use waymark_domain::ids::{Hash, OfficeId};
use waymark_seal::checkpoint::CHECKPOINT_MAX;
use waymark_seal::entry::ENTRY_MAX;
use waymark_seal::policy::POLICY_MAX;
use waymark_seal::proven::PROVEN_MAX;
use waymark_seal::roster::ROSTER_MAX;
use waymark_seal::tile::{LEVELS, WIDTH, file_path, parse_path};

/// The file that names all others.
pub(crate) const MANIFEST: &str = "manifest";
/// Files of a bundle, at most: eight million entries.
pub(crate) const FILES_MAX: usize = 131_072;
/// Bytes of the manifest, at most.
pub(crate) const MANIFEST_MAX: u64 = 32 * 1024 * 1024;

/// Which file of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    /// A roster version.
    Roster(u32),
    /// Another text of a version, by its fingerprint: signed beside the one that is in force.
    OtherRoster(u32, Hash),
    /// A file of a log.
    Log(OfficeId, u32, Of),
}

/// Which file of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Of {
    /// The quorum.
    Policy,
    /// The newest head.
    Checkpoint,
    /// Entries: number of the bundle, how many.
    Entries(u64, u64),
    /// Hashes: level, number of the tile, how many.
    Hashes(u8, u64, u64),
    /// What proves entries of others: number of the bundle, how many.
    Received(u64, u64),
}

impl Place {
    /// The path below the bundle's folder.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Roster(version) => format!("roster/{version}"),
            Self::OtherRoster(version, fingerprint) => format!("roster/{version}.{fingerprint}"),
            Self::Log(office, log, of) => format!("offices/{office}/{log}/{}", of.path()),
        }
    }

    /// The file with a path; `None` when nothing of that name belongs in a bundle.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let place = if let Some(version) = path.strip_prefix("roster/") {
            let number = |text: &str| text.parse().ok().filter(|version| *version > 0);
            match version.split_once('.') {
                Some((version, fingerprint)) => {
                    Self::OtherRoster(number(version)?, fingerprint.parse().ok()?)
                }
                None => Self::Roster(number(version)?),
            }
        } else {
            let mut parts = path.strip_prefix("offices/")?.splitn(3, '/');
            let office = parts.next()?.parse().ok()?;
            let log = parts.next()?.parse().ok()?;
            Self::Log(office, log, Of::parse(parts.next()?)?)
        };
        // Every file has one name: no sign, leading zero or capital.
        (place.path() == path).then_some(place)
    }

    /// Bytes of such a file, at most.
    pub(crate) const fn bytes_max(self) -> u64 {
        let of = match self {
            Self::Roster(_) | Self::OtherRoster(..) => return ROSTER_MAX as u64,
            Self::Log(_, _, of) => of,
        };
        match of {
            Of::Policy => POLICY_MAX as u64,
            Of::Checkpoint => CHECKPOINT_MAX as u64,
            Of::Entries(_, width) => width * (2 + ENTRY_MAX as u64),
            Of::Hashes(_, _, width) => width * 32,
            Of::Received(_, width) => width * (4 + PROVEN_MAX as u64),
        }
    }
}

impl Of {
    fn path(self) -> String {
        match self {
            Self::Policy => "policy".to_owned(),
            Self::Checkpoint => "checkpoint".to_owned(),
            Self::Entries(number, width) => format!("tile/entries/{}", file_path(number, width)),
            Self::Hashes(level, number, width) => format!("tile/{level}/{}", file_path(number, width)),
            Self::Received(number, width) => format!("received/{}", file_path(number, width)),
        }
    }

    fn parse(path: &str) -> Option<Self> {
        match path {
            "policy" => return Some(Self::Policy),
            "checkpoint" => return Some(Self::Checkpoint),
            _ => {}
        }
        if let Some(rest) = path.strip_prefix("received/") {
            return parse_path(rest).map(|(number, width)| Self::Received(number, width));
        }
        let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (number, width) = parse_path(rest)?;
        if kind == "entries" {
            return Some(Self::Entries(number, width));
        }
        let level = kind.parse().ok().filter(|level| *level < LEVELS)?;
        Some(Self::Hashes(level, number, width))
    }
}

/// Every file of hashes that a tree of `size` leaves has, and the bundles of its entries.
pub(crate) fn files_of(size: u64) -> impl Iterator<Item = Of> {
    let widths = |count: u64| {
        let last = count % WIDTH;
        let full = (0..count / WIDTH).map(|number| (number, WIDTH));
        full.chain((last > 0).then_some((count / WIDTH, last)))
    };
    let hashes = (0..LEVELS).flat_map(move |level| {
        let count = size >> (8 * u32::from(level));
        widths(count).map(move |(number, width)| Of::Hashes(level, number, width))
    });
    widths(size).map(|(number, width)| Of::Entries(number, width)).chain(hashes)
}

/// The lines of a manifest, `<64 hex>  <path>`: hash and path of each, in ascending order of the paths; `None` when it is not so.
pub(crate) fn read_manifest(text: &str) -> Option<Vec<(&str, Hash)>> {
    let mut files: Vec<(&str, Hash)> = Vec::new();
    for line in text.lines() {
        let (hash, path) = line.split_once("  ")?;
        let hash = hash.parse::<Hash>().ok().filter(|read| read.to_string() == hash)?;
        if files.last().is_some_and(|(before, _)| *before >= path) {
            return None;
        }
        files.push((path, hash));
    }
    (text.is_empty() || text.ends_with('\n')).then_some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_spelling_and_nothing_else_is_a_place() {
        let office = OfficeId([0xab; 16]);
        let places = [
            Place::Roster(12),
            Place::OtherRoster(12, Hash([7; 32])),
            Place::Log(office, 3, Of::Policy),
            Place::Log(office, 0, Of::Checkpoint),
            Place::Log(office, 0, Of::Entries(1_234, 7)),
            Place::Log(office, 0, Of::Hashes(2, 0, 256)),
            Place::Log(office, 0, Of::Received(0, 1)),
        ];
        for place in places {
            assert_eq!(Place::parse(&place.path()), Some(place), "{}", place.path());
        }
        let log = "offices/abababababababababababababababab/0";
        let others = [
            "roster/0".to_owned(),
            "roster/01".to_owned(),
            "roster/1.".to_owned(),
            "roster/1.07".to_owned(),
            "roster/+1".to_owned(),
            "roster/../manifest".to_owned(),
            "manifest".to_owned(),
            format!("{log}/tile/08/000"),
            format!("{log}/tile/8/000"),
            format!("{log}/tile/0/000/"),
            format!("{log}/received"),
            format!("{}/policy", log.to_uppercase()),
            format!("{}0/policy", log),
            format!("{log}/vault"),
        ];
        for path in others {
            assert_eq!(Place::parse(&path), None, "{path}");
        }
    }

    #[test]
    fn a_tree_has_the_tiles_that_its_size_gives() {
        let files: Vec<String> = files_of(70_000).map(|of| of.path()).collect();
        assert!(files.contains(&"tile/entries/273.p/112".to_owned()));
        assert!(files.contains(&"tile/0/273.p/112".to_owned()));
        assert!(files.contains(&"tile/1/001.p/17".to_owned()));
        assert!(files.contains(&"tile/2/000.p/1".to_owned()));
        assert_eq!(files.len(), 274 + 274 + 2 + 1);
        assert_eq!(files_of(0).count(), 0);
    }

    #[test]
    fn a_manifest_is_sorted_and_names_nothing_twice() {
        let (one, two) = (Hash([1; 32]), Hash([2; 32]));
        let text = format!("{one}  a\n{two}  b/c\n");
        assert_eq!(read_manifest(&text), Some(vec![("a", one), ("b/c", two)]));
        for spoilt in [
            text.replace("  b/c", "  a"),
            text.replace("  a", " a"),
            text.trim_end().to_owned(),
            text.replace("0101", "01"),
            format!("{two}  b\n{one}  a\n"),
        ] {
            assert_eq!(read_manifest(&spoilt), None, "{spoilt}");
        }
    }
}
