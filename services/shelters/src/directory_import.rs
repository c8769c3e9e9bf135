//! An import over gRPC: gathers the pieces of files, reads them, keeps the directory, and tells progress and faults meanwhile.

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::sync::mpsc;
use tonic::{Status, Streaming};
use waymark_api::convert::change::{Written, result};
use waymark_api::convert::directory::{self as convert, Import};
use waymark_api::error::{self, Fault, Rejected};
use waymark_api::v1::import_directory_request::Part;
use waymark_api::v1::{self, import_directory_response::Item};
use waymark_domain::ids;
use waymark_domain::time::Timestamp;

use crate::directory::country::Country;
use crate::directory::{
    Directories, Kept, Place, ReadOptions, Report, Source, SourceName, Told, Unreadable, read,
};

/// Who listens to an import.
type Tell = mpsc::Sender<Result<v1::ImportDirectoryResponse, Status>>;

/// Bytes of all files of one call, at most: they are gathered in memory. A larger directory is imported at the node's own machine.
const UPLOAD_BYTES_MAX: usize = 512 << 20;

/// Files of one call, at most.
const FILES_MAX: usize = 4_096;

/// Takes the whole call. What is told goes to `tell`; an `Err` is the end of it.
pub(crate) async fn run(
    mut sent: Streaming<v1::ImportDirectoryRequest>,
    directories: Arc<Directories>,
    now: Timestamp,
    tell: Tell,
) -> Result<(), Status> {
    let first = sent.message().await?.ok_or_else(|| Rejected::one("source", Fault::Missing))?;
    let import = convert::import(first)?;
    let name: SourceName =
        import.source.parse().map_err(|_| Rejected::one("source.source", Fault::NotAName))?;
    let country = import.country.map(country_of).transpose()?;
    let mut upload = Upload::default();
    while let Some(message) = sent.message().await? {
        if matches!(message.part, Some(Part::End(_))) {
            upload.end()?;
        } else {
            upload.take(convert::piece(message)?)?;
        }
    }
    let files = upload.finish()?;
    let options = ReadOptions { name, imported_at: now, country };
    let imported = tokio::task::spawn_blocking(move || keep(files, &options, &import, &directories, &tell));
    imported.await.map_err(|_| error::failed())?
}

/// A country as directories write it.
pub(crate) fn country_of(country: ids::Country) -> Result<Country, Rejected> {
    Country::parse(&country.to_string()).ok_or_else(|| Rejected::one("country", Fault::NotACountry))
}

/// Files on their way, piece by piece.
#[derive(Default)]
struct Upload {
    files: Vec<(String, Vec<u8>)>,
    /// The last file has all its pieces.
    whole: bool,
    bytes: usize,
    /// The sender has said that this was everything.
    ended: bool,
}

impl Upload {
    fn take(&mut self, piece: v1::ImportPiece) -> Result<(), Rejected> {
        self.bytes = self.bytes.saturating_add(piece.data.len());
        if self.bytes > UPLOAD_BYTES_MAX {
            return Err(Rejected::one("piece.data", Fault::TooLong { max: UPLOAD_BYTES_MAX }));
        }
        if self.ended {
            return Err(Rejected::one("piece", Fault::OutOfPlace));
        }
        let full = self.files.len() >= FILES_MAX;
        let known = self.files.iter().any(|(name, _)| *name == piece.file);
        match self.files.last_mut() {
            Some((name, data)) if *name == piece.file && !self.whole => data.extend_from_slice(&piece.data),
            Some(_) if known || !self.whole => return Err(Rejected::one("piece.file", Fault::OutOfPlace)),
            Some(_) | None if full => {
                return Err(Rejected::one("piece.file", Fault::TooMany { max: FILES_MAX }));
            }
            Some(_) | None => self.files.push((piece.file, piece.data)),
        }
        self.whole = piece.last;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Rejected> {
        if self.ended {
            return Err(Rejected::one("end", Fault::OutOfPlace));
        }
        self.ended = true;
        Ok(())
    }

    /// The files, when all of them are here. A stream that broke off is not a directory: what was there before stands.
    fn finish(self) -> Result<Vec<(String, Vec<u8>)>, Rejected> {
        match (self.whole, self.ended) {
            (true, true) => Ok(self.files),
            (false, _) => Err(Rejected::one("piece.last", Fault::Missing)),
            (true, false) => Err(Rejected::one("end", Fault::Missing)),
        }
    }
}

fn keep(
    files: Vec<(String, Vec<u8>)>,
    options: &ReadOptions,
    import: &Import,
    directories: &Directories,
    tell: &Tell,
) -> Result<(), Status> {
    let say = |item: Item| tell.blocking_send(Ok(v1::ImportDirectoryResponse { item: Some(item) }));
    let before = Standing::of(directories, &options.name);
    if import.conditions.etag.is_some_and(|etag| etag != before.version) {
        return Err(error::stale(before.version));
    }
    let read = read(Source::Files(files), options, &mut |told| match say(told_message(told)) {
        Ok(()) => ControlFlow::Continue(()),
        // Nobody listens any more: nothing is kept.
        Err(_) => ControlFlow::Break(()),
    });
    let (report, after) = match read {
        Ok(reading) if import.conditions.validate_only => {
            let services = reading.directory.services().len() as u64;
            (reading.report, Standing { services, ..before })
        }
        Ok(reading) => {
            let services = reading.directory.services().len() as u64;
            // Once more, as reading takes long: what somebody else has imported meanwhile stands.
            let fits = |etag: Option<&str>| {
                import.conditions.etag.is_none_or(|wanted| wanted == etag.map_or(0, version))
            };
            let kept = directories.put_if(reading.directory, fits).map_err(|fault| {
                tracing::error!(%fault, "a directory could not be kept");
                error::failed()
            })?;
            let Some(Kept { etag, .. }) = kept else {
                return Err(error::stale(Standing::of(directories, &options.name).version));
            };
            (reading.report, Standing { version: version(&etag), services })
        }
        // Nothing could be read: each fault was told, and what was there before stands.
        Err(Unreadable::Nothing(report)) => (*report, before),
        Err(Unreadable::Source(_)) => return Err(Rejected::one("piece", Fault::Missing).into()),
        Err(Unreadable::Stopped) => return Ok(()),
    };
    // The summary is the last word; a caller that has gone away needs none.
    let _ = say(Item::Summary(summary(&report, after)));
    Ok(())
}

/// What an office has of a source.
#[derive(Clone, Copy)]
struct Standing {
    version: u64,
    services: u64,
}

impl Standing {
    fn of(directories: &Directories, name: &SourceName) -> Self {
        let snapshot = directories.snapshot();
        let book = snapshot.books().iter().find(|book| book.directory().name() == name);
        book.map_or(Self { version: 0, services: 0 }, |book| Self {
            version: version(book.etag()),
            services: book.directory().services().len() as u64,
        })
    }
}

/// The version of a directory as a number: the first 64 bits of its etag.
fn version(etag: &str) -> u64 {
    etag.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0)
}

fn told_message(told: Told<'_>) -> Item {
    match told {
        Told::Progress(progress) => Item::Progress(v1::ImportProgress {
            file: progress.file.to_owned(),
            rows_read: progress.rows_read,
            rows_refused: progress.rows_left_out,
        }),
        Told::Fault(fault) => {
            let (row, place) = match &fault.place {
                Place::WholeFile => (0, String::new()),
                Place::Line { row, .. } => (*row, String::new()),
                Place::Pointer(_) => (0, format!("{}: ", fault.place)),
            };
            let reason = format!("{place}{} ({}).", fault.reason, fault.effect.words());
            Item::Fault(v1::ImportFault { file: fault.file.to_string(), row, reason })
        }
    }
}

fn summary(report: &Report, after: Standing) -> v1::ImportSummary {
    let written = Written { etag: after.version, thread: None, case: None, events: Vec::new() };
    v1::ImportSummary {
        result: Some(result(&written)),
        services: after.services,
        rows_read: report.rows_read(),
        rows_refused: report.rows_left_out(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICES: &[u8] = b"id,name,organization_id\ns1,Night shelter,o1\ns2,,o1\n";
    const ORGANISATIONS: &[u8] = b"id,name,description\no1,Harbour,A house\n";

    fn piece(file: &str, data: &[u8], last: bool) -> v1::ImportPiece {
        v1::ImportPiece { file: file.to_owned(), data: data.to_vec(), last }
    }

    fn import(validate_only: bool, etag: Option<u64>) -> Import {
        let conditions = waymark_api::convert::change::Conditions { request_id: None, etag, validate_only };
        Import { conditions, source: "test".to_owned(), format: v1::DirectoryFormat::HsdsCsv, country: None }
    }

    fn keep_files(
        directories: &Directories,
        import: &Import,
        files: &[(&str, &[u8])],
    ) -> (Result<(), Status>, Vec<Item>) {
        let (tell, mut told) = mpsc::channel(1_000);
        let options = ReadOptions { name: "test".parse().unwrap(), imported_at: Timestamp(5), country: None };
        let files = files.iter().map(|(name, data)| ((*name).to_owned(), data.to_vec())).collect();
        let kept = keep(files, &options, import, directories, &tell);
        drop(tell);
        let mut items = Vec::new();
        while let Ok(item) = told.try_recv() {
            items.extend(item.unwrap().item);
        }
        (kept, items)
    }

    fn summary_of(items: &[Item]) -> v1::ImportSummary {
        match items.last() {
            Some(Item::Summary(summary)) => summary.clone(),
            _ => panic!("the last message is the summary"),
        }
    }

    #[test]
    fn pieces_of_a_file_follow_each_other_and_end() {
        let mut upload = Upload::default();
        upload.take(piece("a.csv", b"1", false)).unwrap();
        upload.take(piece("a.csv", b"2", true)).unwrap();
        upload.take(piece("b.csv", b"3", true)).unwrap();
        assert!(upload.take(piece("a.csv", b"4", true)).is_err());
        upload.end().unwrap();
        assert!(upload.take(piece("c.csv", b"5", true)).is_err(), "nothing follows the end");
        assert_eq!(
            upload.finish().unwrap(),
            [("a.csv".to_owned(), b"12".to_vec()), ("b.csv".to_owned(), b"3".to_vec())]
        );

        let mut upload = Upload::default();
        upload.take(piece("a.csv", b"1", false)).unwrap();
        assert!(upload.take(piece("b.csv", b"2", true)).is_err());
        assert!(upload.finish().is_err());
        assert!(Upload::default().finish().is_err());
    }

    #[test]
    fn an_upload_that_breaks_off_between_two_files_is_none() {
        let mut upload = Upload::default();
        upload.take(piece("a.csv", b"1", true)).unwrap();
        assert_eq!(upload.finish(), Err(Rejected::one("end", Fault::Missing)));
    }

    #[test]
    fn endless_files_are_refused() {
        let mut upload = Upload::default();
        for file in 0..FILES_MAX {
            upload.take(piece(&file.to_string(), b"", true)).unwrap();
        }
        let more = upload.take(piece("one more", b"", true));
        assert_eq!(more, Err(Rejected::one("piece.file", Fault::TooMany { max: FILES_MAX })));
    }

    #[test]
    fn what_can_be_read_goes_in_and_every_other_row_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let directories = Directories::open(folder.path()).unwrap().0;
        let files = [("services.csv", SERVICES), ("organizations.csv", ORGANISATIONS)];
        let (kept, items) = keep_files(&directories, &import(false, None), &files);
        kept.unwrap();
        let summary = summary_of(&items);
        assert_eq!((summary.services, summary.rows_read, summary.rows_refused), (1, 3, 1));
        let faults: Vec<_> = items
            .iter()
            .filter_map(|item| if let Item::Fault(fault) = item { Some(fault) } else { None })
            .collect();
        assert_eq!(
            faults.iter().map(|fault| (fault.file.as_str(), fault.row)).collect::<Vec<_>>(),
            [("services.csv", 2)]
        );
        assert!(faults[0].reason.contains("name"), "{}", faults[0].reason);
        assert_eq!(directories.snapshot().books().len(), 1);
    }

    #[test]
    fn a_trial_keeps_nothing_and_a_stale_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let directories = Directories::open(folder.path()).unwrap().0;
        let files = [("services.csv", SERVICES), ("organizations.csv", ORGANISATIONS)];
        let (kept, items) = keep_files(&directories, &import(true, None), &files);
        kept.unwrap();
        assert_eq!((summary_of(&items).services, directories.snapshot().books().len()), (1, 0));

        let (kept, items) = keep_files(&directories, &import(false, Some(7)), &files);
        assert_eq!(kept.unwrap_err().code(), tonic::Code::Aborted);
        assert!(items.is_empty());
    }

    #[test]
    fn what_somebody_else_imported_while_this_one_was_read_stands() {
        let folder = tempfile::tempdir().unwrap();
        let directories = Directories::open(folder.path()).unwrap().0;
        let files = [("services.csv", SERVICES), ("organizations.csv", ORGANISATIONS)];
        keep_files(&directories, &import(false, None), &files).0.unwrap();
        let decided_upon = Standing::of(&directories, &"test".parse().unwrap()).version;
        let options = ReadOptions { name: "test".parse().unwrap(), imported_at: Timestamp(5), country: None };
        let bad_rows =
            b"id,name,organization_id\ns2,,o1\ns3,,o1\ns4,,o1\ns5,,o1\ns6,Day centre,o1\n".to_vec();
        let slow = vec![
            ("services.csv".to_owned(), bad_rows),
            ("organizations.csv".to_owned(), ORGANISATIONS.into()),
        ];
        let (tell, mut told) = mpsc::channel(1);
        std::thread::scope(|scope| {
            let import_slowly = import(false, Some(decided_upon));
            let directories = &directories;
            let slow = scope.spawn(move || keep(slow, &options, &import_slowly, directories, &tell));
            // It waits for its listener in the middle of the rows.
            told.blocking_recv().unwrap().unwrap();
            let other = [("services.csv", b"id,name,organization_id\ns9,Clinic,o1\n".as_slice()), files[1]];
            keep_files(directories, &import(false, Some(decided_upon)), &other).0.unwrap();
            while told.blocking_recv().is_some() {}
            assert_eq!(slow.join().unwrap().unwrap_err().code(), tonic::Code::Aborted);
        });
        let snapshot = directories.snapshot();
        assert_eq!(snapshot.books()[0].directory().services()[0].name.to_string(), "Clinic");
    }

    #[test]
    fn an_import_of_nothing_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let directories = Directories::open(folder.path()).unwrap().0;
        let files = [("services.csv", SERVICES), ("organizations.csv", ORGANISATIONS)];
        keep_files(&directories, &import(false, None), &files).0.unwrap();
        let (kept, items) =
            keep_files(&directories, &import(false, None), &[("services.csv", b"".as_slice())]);
        kept.unwrap();
        assert_eq!((summary_of(&items).services, directories.snapshot().books().len()), (1, 1));
    }

    #[test]
    fn an_import_that_nobody_waits_for_keeps_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let directories = Directories::open(folder.path()).unwrap().0;
        let (tell, told) = mpsc::channel(1);
        drop(told);
        let options = ReadOptions { name: "test".parse().unwrap(), imported_at: Timestamp(5), country: None };
        let files = vec![("services.csv".to_owned(), SERVICES.to_vec())];
        keep(files, &options, &import(false, None), &directories, &tell).unwrap();
        assert!(directories.snapshot().books().is_empty());
    }
}
