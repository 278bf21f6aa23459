//! What stands in the book and comes from the code: blocks of text between markers, and drawings.
//!
//! ```text
//! <!-- drawn: commands-pop3 -->
//! | command | … |
//! <!-- end -->
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A block of text by its name.
pub type Block = (&'static str, String);

/// A drawing by its file name.
pub type Drawing = (String, String);

/// The command that brings the book up to date.
const REFRESH: &str = "MAILLAB_REFRESH=1 cargo test --test book";

const BEGIN: &str = "<!-- drawn: ";
const END: &str = "<!-- end -->";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn refresh() -> bool {
    std::env::var_os("MAILLAB_REFRESH").is_some()
}

/// All pages on which blocks may stand.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("benches/README.md")];
    let chapters = fs::read_dir(root().join("book/src")).unwrap();
    pages.extend(
        chapters
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "md")),
    );
    pages.retain(|page| page.exists());
    pages
}

/// Compares every block on every page with what the code says now, or brings it up to date.
pub fn check_blocks(blocks: &[Block]) {
    let mut used = BTreeSet::new();
    let mut stale = Vec::new();
    for page in pages() {
        let before = fs::read_to_string(&page).unwrap().replace("\r\n", "\n");
        let mut after = String::new();
        let mut rest = before.as_str();
        while let Some(at) = rest.find(BEGIN) {
            let (text, block) = rest.split_at(at);
            let name = block[BEGIN.len()..].split(" -->").next().unwrap();
            let end = block.find(END).unwrap_or_else(|| panic!("{}: `{name}` has no end", page.display()));
            let Some((_, drawn)) = blocks.iter().find(|(known, _)| *known == name) else {
                panic!("{}: nothing draws a block `{name}`", page.display());
            };
            used.insert(name.to_owned());
            after.push_str(text);
            after.push_str(&format!("{BEGIN}{name} -->\n{}\n", drawn.trim_end()));
            rest = &block[end..];
        }
        after.push_str(rest);
        if after != before {
            stale.push(page.strip_prefix(root()).unwrap().display().to_string());
            if refresh() {
                fs::write(&page, after).unwrap();
            }
        }
    }
    for (name, _) in blocks {
        assert!(used.contains(*name), "no page shows the block `{name}`");
    }
    assert!(
        stale.is_empty() || refresh(),
        "\n{} no longer say what the code says. Bring them up to date with\n\n    {REFRESH}\n\nand look at what changed.\n",
        stale.join(", ")
    );
}

/// Compares a drawing in `book/src/img` with what the code draws now, or draws it anew.
pub fn check_drawing(name: &str, svg: &str) {
    let path = root().join("book/src/img").join(name);
    let before = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if refresh() && before != svg {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, svg).unwrap();
        return;
    }
    assert!(
        before == svg,
        "\nbook/src/img/{name} would be drawn differently now. Draw it anew with\n\n    {REFRESH}\n"
    );
}
