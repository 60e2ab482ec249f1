//! What stands before the last `@`.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::pattern;

/// Words joined by dots, or a quoted string, as Django's pattern has it, in printable ASCII
/// alone. Django's own lets ASCII controls stand in quotes, which are not seen, and by Python's
/// reading of letters without regard to case İ, ı, ſ and the Kelvin sign anywhere, which
/// pass for I, S and K.
static VALID: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r#"\A(?:{WORDS}|"(?:[!#-\[\]-~]|\\[ -~])*")\z"#)));

/// What needs no quotes.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"\A{WORDS}\z")));

const WORDS: &str = r"[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+(?:\.[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+)*";

/// Whether a new address may have this local part.
pub(super) fn is_valid(local_part: &str) -> bool {
    VALID.is_match(local_part)
}

/// The mailbox that a quoted string names, without quotes where it is words joined by dots,
/// and else with only those backslashes that it needs: quoting is no part of a name (RFC 5321,
/// section 4.1.2). What is no quoted string comes back unchanged.
pub(super) fn unquoted_if_possible(local_part: &str) -> String {
    let Some(quoted) = local_part
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return local_part.to_owned();
    };
    let mut meant = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => meant.extend(characters.next()),
            character => meant.push(character),
        }
    }
    if PLAIN.is_match(&meant) {
        return meant;
    }
    let escaped = meant.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
