//! How a text file may begin: a byte order mark is no part of it, another encoding is refused.

use std::path::Path;

use frontgate::config::{SecretKey, Settings};

use crate::support::SECRET;

const UTF_8: &[u8] = b"\xef\xbb\xbf";

fn utf_16(text: &str, unit: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter()
        .chain(text.encode_utf16())
        .flat_map(unit)
        .collect()
}

fn utf_32(text: &str, unit: fn(u32) -> [u8; 4]) -> Vec<u8> {
    std::iter::once('\u{feff}')
        .chain(text.chars())
        .flat_map(|c| unit(c.into()))
        .collect()
}

/// `text` in other encodings, and a part of what is said of each.
fn others(text: &str) -> [(Vec<u8>, &'static str); 7] {
    [
        (
            utf_16(text, u16::to_le_bytes, true),
            "it is UTF-16, and not UTF-8",
        ),
        (
            utf_16(text, u16::to_be_bytes, true),
            "it is UTF-16, and not UTF-8",
        ),
        (utf_16(text, u16::to_le_bytes, false), "UTF-16"),
        (utf_16(text, u16::to_be_bytes, false), "UTF-16"),
        (
            utf_32(text, u32::to_le_bytes),
            "it is UTF-32, and not UTF-8",
        ),
        (
            utf_32(text, u32::to_be_bytes),
            "it is UTF-32, and not UTF-8",
        ),
        ([text.as_bytes(), b"\xe9"].concat(), "another encoding"),
    ]
}

fn read(file: &Path, environment: &[(&str, &str)]) -> Result<Settings, String> {
    let environment = environment.iter();
    let environment = environment.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from_sources(Some(file), environment).map_err(|error| error.to_string())
}

#[test]
fn a_secret_key_is_the_same_whatever_unseen_is_around_it() {
    let folder = tempfile::TempDir::new().unwrap();
    let (empty, file) = (folder.path().join("x.toml"), folder.path().join("key"));
    std::fs::write(&empty, "").unwrap();
    let path = file.display().to_string();
    let setting = [("FRONTGATE_SECRET_KEY_FILE", path.as_str())];
    let settings = read(&empty, &setting).unwrap();
    for before in [
        &b""[..],
        UTF_8,
        b" ",
        b"\n",
        b"\xef\xbb\xbf\r\n\t",
        b"\xef\xbb\xbf\xef\xbb\xbf",
    ] {
        for after in [&b""[..], b"\n", b"\r\n", b"  \r\n\r\n"] {
            std::fs::write(&file, [before, SECRET.as_bytes(), after].concat()).unwrap();
            let key = SecretKey::obtain(&settings, || true).unwrap();
            assert_eq!(key.expose(), SECRET.as_bytes(), "{before:?} {after:?}");
        }
    }
    // As `SECRET_KEY="$(cat FILE)"` gives it.
    let marked = format!("\u{feff}{SECRET}\r");
    let settings = read(&empty, &[("SECRET_KEY", &marked)]).unwrap();
    assert_eq!(
        SecretKey::obtain(&settings, || true).unwrap().expose(),
        SECRET.as_bytes()
    );
}

#[test]
fn a_secret_key_in_another_encoding_is_refused_by_its_name() {
    let folder = tempfile::TempDir::new().unwrap();
    let (empty, file) = (folder.path().join("x.toml"), folder.path().join("key"));
    std::fs::write(&empty, "").unwrap();
    let path = file.display().to_string();
    let settings = read(&empty, &[("FRONTGATE_SECRET_KEY_FILE", &path)]).unwrap();
    for (bytes, said) in others(SECRET) {
        std::fs::write(&file, &bytes).unwrap();
        let refused = SecretKey::obtain(&settings, || true)
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains(said) && !refused.contains(SECRET),
            "{refused}"
        );
    }
}

#[test]
fn the_settings_file_may_begin_with_a_byte_order_mark_and_is_utf_8() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("frontgate.toml");
    let text = "bcrypt_cost = 10\r\ndemo = false\r\n";
    for before in [&b""[..], UTF_8] {
        std::fs::write(&file, [before, text.as_bytes()].concat()).unwrap();
        let settings = read(&file, &[]).unwrap();
        assert_eq!(
            (settings.passwords.bcrypt_cost, settings.server.demo),
            (10, false)
        );
    }
    for (bytes, said) in others(text) {
        std::fs::write(&file, &bytes).unwrap();
        let refused = read(&file, &[]).unwrap_err();
        assert!(refused.contains(said), "{refused}");
        assert!(
            refused.starts_with("cannot read the settings file "),
            "{refused}"
        );
    }
}
