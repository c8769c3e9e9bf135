//! Reads the journals of a ledger that is being opened: which groups they hold, where those belong, and whether everything that
//! was durable or signed is there.

use std::sync::Arc;

use waymark_domain::ids::Hash;
use waymark_seal::checkpoint::Head;
use waymark_seal::entry::Entry;
use waymark_seal::hash::leaf_hash;
use waymark_seal::merkle::Frontier;

use crate::facts::{Facts, Foreign, RECEIVED, foreign_of_bytes, named};
use crate::fault::{OpenFault, ReadFault};
use crate::frame::{self, FrameHead, RecordForm};
use crate::group::{Group, Spot};
use crate::identity::{HeadSigner, Identity};
use crate::journal::{self, Base, Ending, Frames, JournalHead, State};
use crate::open::Files;
use crate::places::{Place, Reach};
use crate::segments::{At, Cursor, Segments};
use crate::tiles::{Tiles, WIDTH};
use crate::tree::Tree;

/// What the journals hold.
pub(crate) struct Replayed {
    /// Where the oldest frame that counts begins.
    pub(crate) base: Base,
    pub(crate) base_frontier: Frontier,
    /// After the last whole group.
    pub(crate) frontier: Frontier,
    pub(crate) cursor: Cursor,
    pub(crate) bundle_bytes: u32,
    pub(crate) groups: Vec<Arc<Group>>,
    pub(crate) facts: Vec<Facts>,
    /// The newest journal file and its head.
    pub(crate) active: (usize, JournalHead),
    /// Index at which a torn group was found.
    pub(crate) torn: Option<u64>,
    /// A journal file has to be written anew although it holds no group.
    pub(crate) untidy: bool,
    pub(crate) checkpoint_is_behind: bool,
}

impl Replayed {
    pub(crate) fn head(&self) -> Head {
        Head { size: self.frontier.size(), root: self.frontier.root() }
    }

    pub(crate) fn count(&self) -> u64 {
        self.frontier.size() - self.base.size
    }
}

/// Replays both journals. What a large entry keeps is read out of its own file among `segments`.
pub(crate) fn replay(files: &Files, segments: &Segments, identity: Identity) -> Result<Replayed, OpenFault> {
    let order = order(files, identity)?;
    let Some(&(_, head)) = order.first() else { return Err(OpenFault::JournalDamaged) };
    let base_frontier = base_frontier(&files.tiles, &head.base)?;
    replay_from(files, segments, identity, order, base_frontier)
}

/// The same from the tree below the oldest frame that counts.
pub(crate) fn replay_from(
    files: &Files,
    segments: &Segments,
    identity: Identity,
    order: Vec<(usize, JournalHead)>,
    base_frontier: Frontier,
) -> Result<Replayed, OpenFault> {
    let Some(&(start, start_head)) = order.first() else { return Err(OpenFault::JournalDamaged) };
    let base = start_head.base;
    let mut replay = Replayed {
        base,
        frontier: base_frontier.clone(),
        base_frontier,
        cursor: base.cursor,
        bundle_bytes: base.bundle_bytes,
        groups: Vec::new(),
        facts: Vec::new(),
        active: order.last().copied().unwrap_or((start, start_head)),
        torn: None,
        untidy: order.len() > 1,
        checkpoint_is_behind: false,
    };
    let marked = files.mark.map_or(0, |mark| mark.size);
    for (position, head) in order {
        let Some(Some(file)) = files.journals.get(position) else { return Err(OpenFault::JournalDamaged) };
        if head.base.size != replay.frontier.size() || head.base.root != replay.frontier.root() {
            // The journal before it ended too early.
            return Err(OpenFault::FrameDamaged { index: replay.frontier.size() });
        }
        let bytes = file.read_all()?;
        let frames = journal::walk(&bytes, head.generation, head.base.size);
        replay.take(&bytes, &frames, segments, &identity)?;
        replay.end(&frames, marked)?;
    }
    let lengths = files.journals.iter().flatten().map(|file| file.length);
    replay.untidy |= lengths.zip(files.heads.iter().flatten()).any(|(length, head)| length < head.length);
    // The other file may hold what a zeroing that was cut short left.
    let other_free = files.heads.iter().flatten().all(|head| head.state != State::Drained);
    replay.untidy |= !other_free;
    Ok(replay)
}

/// The journals in use, oldest first.
pub(crate) fn order(files: &Files, identity: Identity) -> Result<Vec<(usize, JournalHead)>, OpenFault> {
    let [Some(first), Some(second)] = files.heads else { return Err(OpenFault::JournalDamaged) };
    if first.identity != identity || second.identity != identity {
        return Err(OpenFault::OtherIdentity);
    }
    let mut order = vec![(0, first), (1, second)];
    order.sort_by_key(|(_, head)| head.generation);
    let newest_in_use = order.last().is_some_and(|(_, head)| head.state == State::InUse);
    order.retain(|(_, head)| head.state == State::InUse);
    if newest_in_use && first.generation != second.generation {
        Ok(order)
    } else {
        Err(OpenFault::JournalDamaged)
    }
}

/// The right edge of the tree at the base, out of the tiles; it must have the root that the journal was begun with.
fn base_frontier(tiles: &Tiles, base: &Base) -> Result<Frontier, OpenFault> {
    let damaged = OpenFault::TreeDamaged { size: base.size };
    let tree = Tree::default();
    let nodes = |level, index| tree.node(tiles, base.size, &|_| Vec::new(), level, index);
    let Some(frontier) = Frontier::from_nodes(base.size, &nodes) else { return Err(damaged) };
    if frontier.root() != base.root {
        return Err(damaged);
    }
    if !base.size.is_multiple_of(WIDTH) && tiles.bundle(base.size / WIDTH)?.len() < base.bundle_bytes as usize
    {
        return Err(damaged);
    }
    Ok(frontier)
}

impl Replayed {
    fn take(
        &mut self,
        bytes: &[u8],
        frames: &Frames,
        segments: &Segments,
        identity: &Identity,
    ) -> Result<(), OpenFault> {
        for (at, head) in &frames.heads {
            let from = self.facts.len();
            let frame = journal::frame_bytes(bytes, *at, head).to_vec();
            let group = self
                .group(frame, head, segments.full)
                .ok_or(OpenFault::FrameDamaged { index: head.first })?;
            for (entry, spot) in self.facts.iter_mut().skip(from).zip(&group.spots) {
                let public = Entry::parse(group.entry(spot)).map(|entry| entry.public).unwrap_or_default();
                entry.foreign =
                    foreign(entry, &public, spot.record.of(&group.frame), spot.form, segments, identity)?;
            }
            self.groups.push(Arc::new(group));
        }
        Ok(())
    }

    fn group(&mut self, frame: Vec<u8>, head: &FrameHead, full: u32) -> Option<Group> {
        let layout = frame::layout(&frame, head)?;
        let mut spots = Vec::with_capacity(layout.entries.len());
        for (entry, (form, record)) in layout.entries.iter().zip(&layout.records) {
            let bytes = entry.of(&frame);
            let parsed = Entry::parse(bytes).ok()?;
            let leaf = leaf_hash(bytes);
            let inline = record.of(&frame);
            let at = match form {
                RecordForm::None => At::Nowhere,
                RecordForm::Large => At::Large,
                RecordForm::Inline => At::Segment(self.cursor.take(inline.len() as u32, full)),
            };
            if parsed.index != self.frontier.size() {
                return None;
            }
            if parsed.index % WIDTH == 0 {
                self.bundle_bytes = 0;
            }
            let place = Place {
                offset: self.bundle_bytes,
                thread_prev: parsed.thread_prev,
                at,
                entry_sum: crc32c::crc32c(bytes),
                received: parsed.kind == RECEIVED,
                reach: Reach::of(parsed.audience),
            };
            self.bundle_bytes += bytes.len() as u32 + 2;
            self.frontier.push(leaf);
            spots.push(Spot { entry: *entry, record: *record, form: *form, place, leaf });
            self.facts.push(Facts::of(&parsed, leaf, Vec::new()));
        }
        let head_after = Head { size: self.frontier.size(), root: self.frontier.root() };
        (head_after.root == head.root).then_some(Group {
            first: head.first,
            frame,
            spots,
            head: head_after,
            checkpoint: layout.checkpoint,
        })
    }

    /// What follows the last whole group: nothing, a group that nobody was answered for, or damage.
    fn end(&mut self, frames: &Frames, marked: u64) -> Result<(), OpenFault> {
        match frames.ending {
            Ending::Damaged => Err(OpenFault::FrameDamaged { index: frames.end }),
            Ending::Clean => Ok(()),
            Ending::Torn if frames.end < marked => Err(OpenFault::FrameDamaged { index: frames.end }),
            Ending::Torn => {
                self.torn = Some(frames.end);
                self.untidy = true;
                Ok(())
            }
        }
    }
}

/// What an entry of the journal keeps of other offices. Losing it silently would have it taken a second time.
fn foreign(
    entry: &Facts,
    public: &[u8],
    inline: &[u8],
    form: RecordForm,
    segments: &Segments,
    identity: &Identity,
) -> Result<Vec<Foreign>, OpenFault> {
    let named = named(entry.kind, public).len();
    let of = |record: &[u8]| foreign_of_bytes(entry.kind, record, identity).unwrap_or_default();
    let found = match form {
        RecordForm::None => Vec::new(),
        RecordForm::Inline => of(inline),
        RecordForm::Large if named == 0 => Vec::new(),
        RecordForm::Large => segments.read(At::Large, entry.event)?.as_deref().map(of).unwrap_or_default(),
    };
    if found.len() < named { Err(ReadFault::BodiesDamaged { index: entry.index }.into()) } else { Ok(found) }
}

/// The signed checkpoint over what was found.
pub(crate) struct Known {
    /// Empty when there is none over exactly this head.
    pub(crate) checkpoint: Vec<u8>,
    pub(crate) damaged: bool,
}

/// Compares what was found with what was durable and what was signed.
pub(crate) fn check_signed(
    files: &Files,
    replayed: &Replayed,
    signer: &dyn HeadSigner,
) -> Result<Known, OpenFault> {
    let head = replayed.head();
    let on_disk = files.checkpoint.as_deref().map(|checkpoint| signer.verify(checkpoint));
    let signed = on_disk.flatten();
    let marked = files.mark.map(|mark| Head { size: mark.size, root: mark.root });
    for known in signed.iter().chain(&marked) {
        if known.size > head.size {
            return Err(OpenFault::EntriesMissing { found: head.size, signed: known.size });
        }
        if root_at(replayed, known.size).is_some_and(|root| root != known.root) {
            return Err(OpenFault::TreeDamaged { size: known.size });
        }
    }
    let newest = match replayed.groups.last() {
        Some(group) => Some(group.checkpoint()),
        None => files.checkpoint.as_deref(),
    };
    let good = newest.filter(|checkpoint| signer.verify(checkpoint) == Some(head));
    // Nothing signed and nothing marked: the last two things that could tell that entries are missing are gone.
    if good.is_none() && marked.is_none() {
        return Err(OpenFault::JournalDamaged);
    }
    let checkpoint = good.unwrap_or_default().to_vec();
    Ok(Known { damaged: checkpoint.is_empty() && head.size > 0, checkpoint })
}

/// The root of the first `size` entries where it is at hand.
pub(crate) fn root_at(replayed: &Replayed, size: u64) -> Option<Hash> {
    if size == replayed.base.size {
        return Some(replayed.base.root);
    }
    replayed.groups.iter().find(|group| group.end() == size).map(|group| group.head.root)
}
