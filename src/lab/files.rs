//! Names of files that come from elsewhere: a class pack, a manifest.

/// The longest name.
const LENGTH_MAX: usize = 100;

/// Names that Windows keeps for devices, whatever ending they have.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Why a file may not have this name; `None` if it may.
///
/// A good name stays inside its folder on every system: parts of small or capital letters, digits and `. _ -`,
/// joined by `/`, none beginning with a dot, none empty, none a device of Windows.
#[must_use]
pub fn refused(name: &str) -> Option<&'static str> {
    if name.len() > LENGTH_MAX {
        return Some("at most 100 characters");
    }
    if name.starts_with('/') || name.starts_with('\\') || name.chars().nth(1) == Some(':') {
        return Some("a name inside the lab's folder, not a path from the root");
    }
    for part in name.split('/') {
        if part.is_empty() || part.starts_with('.') {
            return Some("no `..`, no empty part and no part that begins with a dot");
        }
        if !part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
            return Some("letters, digits and . _ - only, parts joined by /");
        }
        if part.ends_with('.') {
            return Some("no part may end with a dot");
        }
        let stem = part.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let device = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        let numbered = stem.len() == device.len() + 1;
        if DEVICES.contains(&device) && (numbered || stem.len() == device.len()) {
            return Some("a name that is no device of Windows");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn no_name_leaves_its_folder() {
        for bad in [
            "",
            "/etc/passwd",
            "..",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            ".ssh",
            "a/.b",
            "C:x",
            "c:/x",
            "\\\\host\\x",
            "a\\b",
            "a\0b",
            "a\nb",
            "con",
            "NUL.txt",
            "com1.md",
            "x/Aux",
            "a.",
            "é",
            "a b",
            &"x".repeat(101),
        ] {
            assert!(refused(bad).is_some(), "{bad:?}");
        }
        for good in ["lab.toml", "start/session.txt", "a-b_c.d", "common.txt", "console.md", "null"] {
            assert_eq!(refused(good), None, "{good}");
        }
    }
}
