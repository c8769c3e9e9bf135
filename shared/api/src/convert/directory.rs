//! DirectoryService. Directories are public data and no part of the domain: here they are checked, not converted.

use waymark_domain::ids::Country;
use waymark_domain::words::Purpose;

use super::change::{Conditions, conditions};
use super::list::{Listed, Page, listed};
use super::read::Reader;
use crate::error::{Fault, Rejected};
use crate::v1::{self, import_directory_request::Part};

/// Letters of the name of a source, at most.
const SOURCE_MAX: usize = 64;
/// Bytes of a file name, at most.
const FILE_MAX: usize = 128;
/// Bytes of a piece, at most.
const PIECE_MAX: usize = 1024 * 1024;
/// Bytes of a search, at most.
const SEARCH_MAX: usize = 256;
/// Languages of a search, at most.
const LANGUAGES_MAX: usize = 16;

listed!(SearchServicesRequest);

/// What is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// How.
    pub conditions: Conditions,
    /// Name of the source.
    pub source: String,
    /// How it is written.
    pub format: v1::DirectoryFormat,
    /// Country of services that state none.
    pub country: Option<Country>,
}

/// Reads the first message of an import.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn import(request: v1::ImportDirectoryRequest) -> Result<Import, Rejected> {
    Reader::read(|reader| {
        let conditions = conditions(reader, request.options);
        let source = match request.part {
            Some(Part::Source(source)) => source,
            Some(Part::Piece(_) | Part::End(_)) => {
                reader.note("piece", Fault::OutOfPlace);
                v1::ImportSource::default()
            }
            None => {
                reader.note("source", Fault::Missing);
                v1::ImportSource::default()
            }
        };
        reader.within("source", |reader| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            if source.source.is_empty()
                || source.source.len() > SOURCE_MAX
                || !source.source.bytes().all(plain)
            {
                reader.note("source", Fault::NotAName);
            }
            let format = v1::DirectoryFormat::try_from(source.format).unwrap_or_default();
            if format == v1::DirectoryFormat::Unspecified {
                reader.note("format", if source.format == 0 { Fault::Missing } else { Fault::UnknownWord });
            }
            let country = reader.country_if_any("country", &source.country);
            Import { conditions, source: source.source, format, country }
        })
    })
}

/// Reads a later message of an import.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn piece(request: v1::ImportDirectoryRequest) -> Result<v1::ImportPiece, Rejected> {
    Reader::read(|reader| {
        if request.options.is_some() {
            reader.note("options", Fault::OutOfPlace);
        }
        let piece = match request.part {
            Some(Part::Piece(piece)) => piece,
            Some(Part::Source(_) | Part::End(_)) => {
                reader.note("source", Fault::OutOfPlace);
                v1::ImportPiece::default()
            }
            None => {
                reader.note("piece", Fault::Missing);
                v1::ImportPiece::default()
            }
        };
        reader.within("piece", |reader| {
            let foreign = |letter: char| matches!(letter, '/' | '\\') || letter.is_control();
            let name = piece.file.as_str();
            if name.is_empty()
                || name == "."
                || name == ".."
                || name.len() > FILE_MAX
                || name.contains(foreign)
            {
                reader.note("file", Fault::NotAName);
            }
            if piece.data.len() > PIECE_MAX {
                reader.note("data", Fault::TooLong { max: PIECE_MAX });
            }
        });
        piece
    })
}

/// Which services are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceFilter {
    /// Words to look for; empty: any.
    pub text: String,
    /// For one of these; empty: any.
    pub purposes: Vec<Purpose>,
    /// In one of these languages; empty: any.
    pub languages: Vec<String>,
    /// There; none: anywhere.
    pub country: Option<Country>,
    /// In this town or region; empty: any.
    pub place: String,
}

/// Reads which services are wanted.
///
/// # Errors
/// [`Rejected`] names every field at fault.
pub fn search(request: &v1::SearchServicesRequest) -> Result<(ServiceFilter, Page), Rejected> {
    Reader::read(|reader| {
        let filter = ServiceFilter {
            text: reader.text_within("text", request.text.clone(), SEARCH_MAX),
            purposes: reader.words("purposes", &request.purposes),
            languages: reader.languages("languages", request.languages.clone(), LANGUAGES_MAX),
            country: reader.country_if_any("country", &request.country),
            place: reader.text_within("place", request.place.clone(), SEARCH_MAX),
        };
        (filter, request.page(reader))
    })
}
