//! Text files of the operator's: the settings file and the file of the secret key.

use std::io;
use std::path::Path;

/// How files in other encodings than UTF-8 begin (Unicode 16, section 23.8), the longest first.
const OTHER_MARKS: [(&[u8], &str); 4] = [
    (&[0xff, 0xfe, 0, 0], "UTF-32"),
    (&[0, 0, 0xfe, 0xff], "UTF-32"),
    (&[0xff, 0xfe], "UTF-16"),
    (&[0xfe, 0xff], "UTF-16"),
];
/// What editors on Windows put in front of UTF-8.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a file in UTF-8, without the byte order mark that it may begin with.
///
/// # Errors
/// Other encodings are refused by name: as far as they can be read as UTF-8 at all, they mean
/// something else.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let bytes = std::fs::read(path)?;
    let refused = |encoding: &str| {
        let why = format!("it is {encoding}, and not UTF-8: save it as UTF-8");
        io::Error::new(io::ErrorKind::InvalidData, why)
    };
    let marked = OTHER_MARKS.iter().find(|(mark, _)| bytes.starts_with(mark));
    if let Some((_, encoding)) = marked {
        return Err(refused(encoding));
    }
    let text = String::from_utf8(bytes).map_err(|_| refused("in another encoding"))?;
    if text.contains('\0') {
        return Err(refused("UTF-16 or no text"));
    }
    Ok(text.trim_start_matches(BYTE_ORDER_MARK).to_owned())
}
