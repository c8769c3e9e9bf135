//! Files that stay open for reading, as many as the process may have open at once: opening one costs more than reading from it.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files by key; the one kept longest goes first.
pub(crate) struct OpenFiles<K> {
    files: HashMap<K, Arc<File>>,
    order: VecDeque<K>,
}

impl<K> Default for OpenFiles<K> {
    fn default() -> Self {
        Self { files: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Hash + Eq + Copy> OpenFiles<K> {
    pub(crate) fn find(&self, key: &K) -> Option<Arc<File>> {
        self.files.get(key).cloned()
    }

    pub(crate) fn keep(&mut self, key: K, file: File) -> Arc<File> {
        if self.files.len() >= share()
            && let Some(oldest) = self.order.pop_front()
        {
            self.files.remove(&oldest);
        }
        let file = Arc::new(file);
        self.order.push_back(key);
        self.files.insert(key, Arc::clone(&file));
        file
    }
}

/// How many files one set may keep open: a quarter of what the process may, as there are two such sets, and no more than a log of
/// sixteen million entries makes use of.
fn share() -> usize {
    static SHARE: OnceLock<usize> = OnceLock::new();
    *SHARE.get_or_init(|| {
        let limit = getrlimit(Resource::Nofile);
        // The soft limit is small for the sake of old programs that use `select`; nothing here does.
        let raised = Rlimit { current: limit.maximum, ..limit };
        let may = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
        usize::try_from(may.unwrap_or(65_536) / 4).unwrap_or(64).clamp(64, 65_536)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_file_goes_when_there_are_too_many() {
        let mut files = OpenFiles::default();
        for key in 0..share() + 1 {
            // Not so many descriptors: they are the same file, opened once each.
            if key < 2 || key + 2 > share() {
                files.keep(key, tempfile::tempfile().unwrap());
            } else {
                files.files.insert(key, files.find(&0).unwrap());
                files.order.push_back(key);
            }
        }
        assert!(files.find(&0).is_none() && files.find(&1).is_some() && files.find(&share()).is_some());
        assert_eq!(files.files.len(), share());
    }
}
