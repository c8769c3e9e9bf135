//! `waymark directory import`: reads a directory into the node. Every row that cannot be read is told; the rest goes in.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_api::v1::import_directory_request::Part;
use waymark_api::v1::import_directory_response::Item;
use waymark_domain::ids::Country;

use crate::client::change::{Change, ChangeArgs};
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::{Done, Fault};
use crate::show::message;
use crate::show::output::data;
use crate::show::progress::Progress;

const PIECE_BYTES: usize = 512 * 1024;
/// Pieces read ahead of what the node has taken.
const PIECES_AHEAD: usize = 4;

/// Import a directory; importing a source again replaces it
#[derive(Args)]
pub(crate) struct Import {
    /// Name of the source: letters, digits, `-`, `_` or `.`.
    name: String,
    /// Files, or folders whose files are meant.
    #[arg(required = true, value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    /// How it is written.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::DirectoryFormat>())]
    format: v1::DirectoryFormat,
    /// Country of services that state none, two capital letters.
    #[arg(long, value_name = "CC")]
    country: Option<Country>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Import {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let files = files_of(&self.files, self.format)?;
        let change = Change::new(tool, self.change);
        let source = v1::ImportSource {
            source: self.name,
            format: self.format.into(),
            country: self.country.map(|country| country.to_string()).unwrap_or_default(),
        };
        let node = tool.node().await?;
        let (pieces, stream) = mpsc::channel(PIECES_AHEAD);
        let first =
            v1::ImportDirectoryRequest { options: change.options(), part: Some(Part::Source(source)) };
        let reading = tokio::task::spawn_blocking(move || send(&files, first, &pieces));
        let answers = node.directory().import_directory(ReceiverStream::new(stream)).await?.into_inner();
        let exit = tell(tool, change.is_trial(), answers).await;
        match reading.await {
            // A file that could not be read ended the stream: that is the cause of whatever the node then said.
            Ok(Err(fault)) => Err(fault),
            _ => exit,
        }
    }
}

/// Tells what the node answers while it reads.
async fn tell(
    tool: &Tool,
    is_trial: bool,
    mut answers: tonic::Streaming<v1::ImportDirectoryResponse>,
) -> Done {
    let progress = Progress::new("rows");
    while let Some(answer) = answers.message().await? {
        match &answer.item {
            Some(Item::Progress(at)) => progress.reached(at.rows_read, 0),
            Some(Item::Fault(fault)) if tool.json() => {
                let _ = fault;
                data(message::json(&answer))?;
            }
            Some(Item::Fault(fault)) => {
                progress.say(&format!("{} row {}: {}", fault.file, fault.row, fault.reason))
            }
            Some(Item::Summary(summary)) => {
                drop(progress);
                if tool.json() {
                    data(message::json(&answer))?
                } else {
                    data(sentence(summary, is_trial))?
                }
                return Ok(if summary.rows_refused == 0 { Exit::Done } else { Exit::Partial });
            }
            None => {}
        }
    }
    Err(Fault::new(Exit::Unreachable, "the node ended the import without a summary").next("Import it again."))
}

fn sentence(summary: &v1::ImportSummary, is_trial: bool) -> String {
    let v1::ImportSummary { services, rows_read, rows_refused, .. } = summary;
    let does = if is_trial { "would be" } else { "are now" };
    format!(
        "{services} services of this source {does} in the directory. {rows_read} rows were read, {rows_refused} of them refused."
    )
}

/// The files themselves, folders opened, by name.
fn files_of(paths: &[PathBuf], format: v1::DirectoryFormat) -> Result<Vec<PathBuf>, Fault> {
    let ending = if format == v1::DirectoryFormat::HsdsCsv { "csv" } else { "json" };
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let unreadable = |fault| Fault::file("the folder cannot be read:", path, &fault);
            let mut inside = Vec::new();
            for entry in std::fs::read_dir(path).map_err(unreadable)? {
                inside.push(entry.map_err(unreadable)?.path());
            }
            inside.retain(|file| file.extension().is_some_and(|extension| extension == ending));
            inside.sort();
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        return Err(Fault::usage(format!("there is no .{ending} file in what was named")));
    }
    Ok(files)
}

/// Sends the files in pieces, after the message that begins the stream. When the node no longer listens, it has said why.
fn send(
    files: &[PathBuf],
    first: v1::ImportDirectoryRequest,
    pieces: &mpsc::Sender<v1::ImportDirectoryRequest>,
) -> Result<(), Fault> {
    if pieces.blocking_send(first).is_err() {
        return Ok(());
    }
    for path in files {
        let unreadable = |fault| Fault::file("the file cannot be read:", path, &fault);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut file = std::fs::File::open(path).map_err(unreadable)?;
        loop {
            let piece = read_piece(&mut file, path)?;
            let last = piece.len() < PIECE_BYTES;
            let part = Part::Piece(v1::ImportPiece { file: name.clone(), data: piece, last });
            let request = v1::ImportDirectoryRequest { options: None, part: Some(part) };
            if pieces.blocking_send(request).is_err() {
                return Ok(());
            }
            if last {
                break;
            }
        }
    }
    let end = v1::ImportDirectoryRequest { options: None, part: Some(Part::End(v1::ImportEnd {})) };
    // When the node no longer listens, it has said why.
    let _ = pieces.blocking_send(end);
    Ok(())
}

fn read_piece(file: &mut std::fs::File, path: &Path) -> Result<Vec<u8>, Fault> {
    let mut piece = Vec::new();
    let limit = u64::try_from(PIECE_BYTES).unwrap_or(u64::MAX);
    file.take(limit)
        .read_to_end(&mut piece)
        .map_err(|fault| Fault::file("the file cannot be read:", path, &fault))?;
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_means_its_files_of_that_format() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b.csv", "a.csv", "LICENSE", "c.json"] {
            std::fs::write(folder.path().join(name), "x").expect("written");
        }
        let files = files_of(&[folder.path().to_owned()], v1::DirectoryFormat::HsdsCsv).expect("files");
        let names: Vec<_> = files.iter().filter_map(|file| file.file_name()).collect();
        assert_eq!(names, ["a.csv", "b.csv"]);
        assert!(files_of(&[], v1::DirectoryFormat::HsdsCsv).is_err());
    }

    #[test]
    fn a_file_goes_out_in_pieces_of_which_one_is_the_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        std::fs::write(&path, vec![b'x'; PIECE_BYTES * 2]).expect("written");
        let (pieces, mut sent) = mpsc::channel(16);
        send(&[path], v1::ImportDirectoryRequest::default(), &pieces).expect("sent");
        drop(pieces);
        let mut told = Vec::new();
        while let Some(request) = sent.blocking_recv() {
            if let Some(Part::Piece(piece)) = request.part {
                told.push((piece.data.len(), piece.last));
            }
        }
        assert_eq!(told, [(PIECE_BYTES, false), (PIECE_BYTES, false), (0, true)]);
    }
}
