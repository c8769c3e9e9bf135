//! Compiles `proto/` without protoc, and keeps what a field marks `debug_redact` out of every `Debug`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use protox::prost_reflect::{FieldDescriptor, MessageDescriptor};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    println!("cargo::rerun-if-changed={}", root.join("waymark").display());

    let mut files = Vec::new();
    for file in std::fs::read_dir(root.join("waymark/v1"))? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    files.sort();

    let mut compiler = protox::Compiler::new([&root])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    // The set for reflection keeps every option; the one for code generation is prost's view of it.
    std::fs::write(out.join("waymark.v1.fds"), compiler.encode_file_descriptor_set())?;

    let mut redacted = Redacted::default();
    compiler
        .descriptor_pool()
        .all_messages()
        .filter(|message| message.package_name() == "waymark.v1")
        .try_for_each(|message| redacted.message(&message))?;
    std::fs::write(out.join("redacted.rs"), &redacted.code)?;

    tonic_prost_build::configure()
        .build_transport(true)
        .skip_debug(&redacted.paths)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

/// The types that must not derive `Debug`, and the implementations they get instead.
#[derive(Default)]
struct Redacted {
    paths: Vec<String>,
    code: String,
}

impl Redacted {
    fn message(&mut self, message: &MessageDescriptor) -> std::fmt::Result {
        if !message.fields().any(|field| is_redacted(&field)) {
            return Ok(());
        }
        let name = message.name();
        self.paths.push(format!(".{}", message.full_name()));
        let mut shown = String::new();
        for field in
            message.fields().filter(|field| field.containing_oneof().is_none() && !is_redacted(field))
        {
            write!(shown, ".field({0:?}, &self.{0})", field.name())?;
        }
        self.implement(name, &format!("formatter.debug_struct({name:?}){shown}.finish_non_exhaustive()"))?;

        for oneof in message.oneofs().filter(|oneof| oneof.fields().any(|field| is_redacted(&field))) {
            self.paths.push(format!(".{}.{}", message.full_name(), oneof.name()));
            let path = format!("{}::{}", snake_case(name), camel_case(oneof.name()));
            self.implement(
                &path,
                &format!("formatter.write_str(\"{}(redacted)\")", camel_case(oneof.name())),
            )?;
        }
        Ok(())
    }

    fn implement(&mut self, path: &str, body: &str) -> std::fmt::Result {
        writeln!(
            self.code,
            "impl ::core::fmt::Debug for {path} {{\n    fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{\n        {body}\n    }}\n}}"
        )
    }
}

fn is_redacted(field: &FieldDescriptor) -> bool {
    let options = field.options();
    options.get_field_by_name("debug_redact").and_then(|value| value.as_bool()).unwrap_or(false)
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn camel_case(name: &str) -> String {
    name.split('_')
        .filter_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}
