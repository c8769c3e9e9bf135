//! The demo as somebody runs it who has had enough.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Processes of this machine that were started with something in `folder`.
fn started_in(folder: &Path) -> usize {
    let wanted = folder.to_str().expect("a name that is text").as_bytes();
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.filter(|line| line.windows(wanted.len()).any(|part| part == wanted)).count()
}

#[test]
fn whoever_ends_the_demo_ends_nodes_hub_and_folders_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for signal in ["-TERM", "-INT"] {
        let mut demo = Command::new(env!("CARGO_BIN_EXE_demo"));
        demo.env("TMPDIR", folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut demo = demo.spawn().expect("it starts");
        let said = BufReader::new(demo.stdout.take().expect("its output"));
        let nodes = |_: &String| started_in(folder.path()) > 1;
        let said: Vec<String> = said.lines().map_while(Result::ok).take_while(|line| !nodes(line)).collect();
        assert!(started_in(folder.path()) > 1, "no node ran: {said:?}");
        let asked = Command::new("kill").args([signal, &demo.id().to_string()]).status();
        assert!(asked.expect("asked").success());
        let asked = Instant::now();
        assert!(demo.wait().expect("it ends").success());
        assert!(asked.elapsed() < Duration::from_secs(60), "{signal}: it went on");
        assert_eq!(started_in(folder.path()), 0, "{signal}: something runs on");
        let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().collect();
        assert!(left.is_empty(), "{signal}: {left:?}");
    }
}
