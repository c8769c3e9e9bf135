//! Things as HTML for paper: nothing is loaded, nothing runs, and whatever somebody wrote is escaped.

use waymark_api::html::escaped;

use super::json::Json;
use super::names::Names;
use super::table;

/// A whole page in a language; `style` is ours, `body` is made of the elements below.
pub(crate) fn page(language: &str, title: &str, style: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// An element around a text.
pub(crate) fn text(tag: &str, said: &str) -> String {
    format!("<{tag}>{}</{tag}>\n", escaped(said))
}

/// A chapter: a heading and what stands under it, or the word that there is nothing.
pub(crate) fn chapter(heading: &str, blocks: &[String], none: &str) -> String {
    let heading = text("h2", heading);
    let blocks = if blocks.is_empty() { text("p", none) } else { blocks.concat() };
    format!("<section>\n{heading}{blocks}</section>\n")
}

/// A thing as a table of names and values under a caption; things inside stand in tables of their own.
pub(crate) fn thing(caption: &str, thing: &Json, names: &Names) -> String {
    let caption = if caption.is_empty() { String::new() } else { text("caption", caption) };
    format!("<table>\n{caption}<tbody>\n{}</tbody>\n</table>\n", rows(thing, names))
}

fn rows(thing: &Json, names: &Names) -> String {
    let Json::Object(members) = thing else {
        return format!("<tr><td>{}</td></tr>\n", value(thing, names));
    };
    let told = members.iter().filter(|(_, value)| !value.is_empty());
    let row = |(key, inner): &(String, Json)| {
        let label = escaped(&key.replace('_', " "));
        format!("<tr><th scope=\"row\">{label}</th><td>{}</td></tr>\n", value(inner, names))
    };
    told.map(row).collect()
}

fn value(of: &Json, names: &Names) -> String {
    match of {
        Json::Object(_) => thing("", of, names),
        Json::List(values) if values.iter().any(|value| matches!(value, Json::Object(_))) => {
            values.iter().map(|value| thing("", value, names)).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => {
            escaped(&table::cell(of, names))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_text_wherever_it_stands() {
        let wrote = "</style><script>alert('x')</script>&\"";
        let written = Json::Object(vec![
            (wrote.to_owned(), Json::text(wrote)),
            ("rows".to_owned(), Json::List(vec![Json::object([("in", Json::text(wrote))])])),
            ("words".to_owned(), Json::List(vec![Json::text(wrote)])),
        ]);
        let blocks = [thing(wrote, &written, &Names::default())];
        let made = page("en", wrote, "", &chapter(wrote, &blocks, wrote));
        assert_eq!(made.matches("<script").count(), 0, "{made}");
        assert_eq!(made.matches("&lt;script&gt;").count(), 7, "{made}");
    }
}
