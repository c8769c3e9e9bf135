//! The sheet as one page for paper: nothing is loaded and nothing runs, and what came from outside is escaped.

use waymark_api::html::escaped;

use super::page::{Block, Card, Page, Row, Section, page};
use super::{Language, Sheet};

const STYLE: &str = include_str!("print.css");

/// The sheet as a page of HTML in `language`. Its title names neither person nor office: printers put it on every leaf.
#[must_use]
pub fn html(sheet: &Sheet, language: Language) -> String {
    let page = page(sheet, language);
    let (code, head, body) = (language.code(), head(&page), body(&page));
    format!(
        "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n{head}</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn head(page: &Page) -> String {
    let name = escaped(&page.name);
    format!(
        "<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}</title>\n<style>\n{STYLE}</style>\n"
    )
}

fn body(page: &Page) -> String {
    let title = element("h1", &escaped(&page.title));
    let facts: String = page.facts.iter().map(|fact| element("p", &escaped(fact))).collect();
    let sections: String = page.sections.iter().map(section).collect();
    format!("<main>\n<header>\n{title}{facts}</header>\n{sections}</main>\n")
}

fn section(section: &Section) -> String {
    let heading = element("h2", &escaped(&section.heading));
    let blocks: String = section.blocks.iter().map(block).collect();
    format!("<section>\n{heading}{blocks}</section>\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(said) => element("p", &escaped(said)),
        Block::Points(points) => list(points),
        Block::Card(card) => table(card),
    }
}

fn table(card: &Card) -> String {
    let title = escaped(&card.title);
    let rows: String = card.rows.iter().map(row).collect();
    format!("<table>\n<caption><h3>{title}</h3></caption>\n<tbody>\n{rows}</tbody>\n</table>\n")
}

fn row(row: &Row) -> String {
    let label = escaped(&row.label);
    let answer = match row.items.as_slice() {
        [only] => escaped(only),
        several => list(several),
    };
    format!("<tr><th scope=\"row\">{label}</th><td>{answer}</td></tr>\n")
}

fn list(items: &[String]) -> String {
    let items: String = items.iter().map(|item| element("li", &escaped(item))).collect();
    format!("<ul>\n{items}</ul>\n")
}

fn element(tag: &str, inner: &str) -> String {
    format!("<{tag}>{inner}</{tag}>\n")
}
