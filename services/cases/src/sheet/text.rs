//! The sheet as plain text, for a screen reader, a terminal or a printer without graphics: no line is wider than 78 columns.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::page::{Block, Card, Page, Section, page};
use super::words::NO_BREAK;
use super::{Language, Sheet};

/// Columns of the widest line.
const WIDTH: usize = 78;

/// The sheet as plain text in `language`; ends with a line end.
#[must_use]
pub fn text(sheet: &Sheet, language: Language) -> String {
    let page = page(sheet, language);
    let mut out = Lines::default();
    out.page(&page);
    // What a line must not break was held together until here.
    out.text.replace(NO_BREAK, " ")
}

/// The lines so far.
#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn page(&mut self, page: &Page) {
        self.heading(&page.title, '=');
        for fact in &page.facts {
            self.wrap("", "", fact);
        }
        for section in &page.sections {
            self.section(section);
        }
    }

    fn section(&mut self, section: &Section) {
        self.line("");
        self.line("");
        self.heading(&section.heading, '-');
        for block in &section.blocks {
            self.line("");
            match block {
                Block::Paragraph(said) => self.wrap("", "", said),
                Block::Points(points) => self.points("", points),
                Block::Card(card) => self.card(card),
            }
        }
    }

    fn card(&mut self, card: &Card) {
        self.wrap("* ", "  ", &card.title);
        for row in &card.rows {
            self.line("");
            self.wrap("  ", "  ", &row.label);
            match row.items.as_slice() {
                [only] => self.wrap("    ", "    ", only),
                several => self.points("    ", several),
            }
        }
    }

    fn points(&mut self, indent: &str, points: &[String]) {
        for point in points {
            self.wrap(&format!("{indent}- "), &format!("{indent}  "), point);
        }
    }

    fn heading(&mut self, heading: &str, under: char) {
        self.wrap("", "", heading);
        let rule: String = std::iter::repeat_n(under, heading.width().min(WIDTH)).collect();
        self.line(&rule);
    }

    /// `said` in lines that fit, the first of which begins with `first` and the others with `rest`.
    fn wrap(&mut self, first: &str, rest: &str, said: &str) {
        let room = WIDTH - rest.width();
        let mut line = first.to_owned();
        let mut empty = true;
        for word in said.split(' ').flat_map(|word| pieces(word, room)) {
            if !empty && line.width() + 1 + word.width() > WIDTH {
                self.line(&line);
                line = rest.to_owned();
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// A word in pieces of at most `room` columns: itself, unless no line could hold it.
fn pieces(word: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while rest.width() > room {
        let (piece, after) = rest.split_at(fitting(rest, room));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// Bytes of the longest beginning of `word` that fills no more than `room` columns; at least one character.
fn fitting(word: &str, room: usize) -> usize {
    let mut columns = 0;
    let first_out = word.char_indices().find(|(at, letter)| {
        columns += letter.width().unwrap_or(0);
        columns > room && *at > 0
    });
    first_out.map_or(word.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, pieces};
    use unicode_width::UnicodeWidthStr as _;

    #[test]
    fn a_word_that_no_line_holds_is_broken_and_nothing_of_it_is_lost() {
        let long = "ї".repeat(3 * WIDTH + 1);
        let broken = pieces(&long, WIDTH);
        assert_eq!(broken.len(), 4);
        assert!(broken.iter().all(|piece| piece.width() <= WIDTH));
        assert_eq!(broken.concat(), long);
        assert_eq!(pieces("short", WIDTH), ["short"]);
    }
}
