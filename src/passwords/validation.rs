//! Django's four default password validators.
//!
//! The source is `django/contrib/auth/password_validation.py` of Django 5.2, with the defaults
//! of its `startproject`. Python counts code points where Rust counts bytes, and classifies
//! characters its own way; both are followed, for a password that one of the two services
//! takes must not be refused by the other. Unlike Django, each of them looks at the password in
//! NFC, which is what is hashed. NFC shortens some texts (eight code points may be four) and
//! lengthens others (three may be nine), so a password must be long enough in both forms.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::encoding::composed;

/// The fewest characters of a password, both as it is typed, which is what Django's
/// `MinimumLengthValidator` and the schema of the field count, and in NFC.
pub const MINIMUM_LENGTH: usize = 8;

/// The passwords that `CommonPasswordValidator` refuses, in lower case.
static COMMON_PASSWORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("common_passwords.txt")
        .lines()
        .map(strip)
        .collect()
});

/// What is known of the user, whom a password must not resemble. Empty is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes<'a> {
    /// The e-mail address.
    pub email: &'a str,
    /// The first name.
    pub first_name: &'a str,
    /// The last name.
    pub last_name: &'a str,
}

/// What is wrong with a password, in Django's words and in Django's order: similarity, length,
/// commonness, digits. Empty if nothing is. The password is taken in NFC, untrimmed, and its
/// length as it is typed too.
#[must_use]
pub fn validate(typed: &str, attributes: &Attributes<'_>) -> Vec<String> {
    let password = &*composed(typed);
    let lowered = password.to_lowercase();
    let mut messages = Vec::new();
    if let Some(name) = similar_attribute(&lowered, attributes) {
        messages.push(format!("The password is too similar to the {name}."));
    }
    if is_short(typed) || is_short(password) {
        messages.push(format!(
            "This password is too short. It must contain at least {MINIMUM_LENGTH} characters."
        ));
    }
    if COMMON_PASSWORDS.contains(strip(&lowered)) {
        messages.push("This password is too common.".to_owned());
    }
    if !password.is_empty() && password.chars().all(is_digit) {
        messages.push("This password is entirely numeric.".to_owned());
    }
    messages
}

fn is_short(text: &str) -> bool {
    text.chars().nth(MINIMUM_LENGTH - 1).is_none()
}

/// The name of the first attribute that the password resembles, as a whole or in one of its
/// parts, in the order of `DEFAULT_USER_ATTRIBUTES`. The password is in lower case.
fn similar_attribute(password: &str, attributes: &Attributes<'_>) -> Option<&'static str> {
    let named = [
        ("first name", attributes.first_name),
        ("last name", attributes.last_name),
        ("email", attributes.email),
    ];
    let password = Letters::of(password);
    named
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .find(|(_, value)| {
            let value = composed(value).to_lowercase();
            parts(&value)
                .chain([value.as_str()])
                .any(|part| password.is_similar_to(part))
        })
        .map(|(name, _)| name)
}

/// What `re.split(r"\W+", value)` answers: the runs of word characters, and an empty part
/// before or behind them where the value does not begin or end with one.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    let pieces: Vec<&str> = value.split(|character| !is_word(character)).collect();
    let last = pieces.len() - 1;
    pieces
        .into_iter()
        .enumerate()
        .filter(move |(index, piece)| !piece.is_empty() || *index == 0 || *index == last)
        .map(|(_, piece)| piece)
}

/// A text as `SequenceMatcher.quick_ratio` sees it: how often it holds each character.
struct Letters {
    counts: HashMap<char, usize>,
    length: usize,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut counts = HashMap::new();
        let mut length = 0;
        for character in text.chars() {
            *counts.entry(character).or_default() += 1;
            length += 1;
        }
        Self { counts, length }
    }

    /// Whether `quick_ratio`, which is `2 * matches / (both lengths)`, is 0.7 or more. The
    /// comparison is of integers: at these lengths it decides as Python's floats do, and it
    /// calls two empty texts similar, as Python does.
    fn is_similar_to(&self, part: &str) -> bool {
        if exceeds_maximum_length_ratio(self.length, part.chars().count()) {
            return false;
        }
        let part = Self::of(part);
        let matches: usize = part
            .counts
            .iter()
            .map(|(character, count)| {
                self.counts
                    .get(character)
                    .map_or(0, |other| *count.min(other))
            })
            .sum();
        20 * matches >= 7 * (self.length + part.length)
    }
}

/// Whether a password is ten times as long as the value: too long to be similar to it, so that
/// nothing need be counted.
const fn exceeds_maximum_length_ratio(password: usize, value: usize) -> bool {
    password >= 10 * value && 20 * value < 7 * password
}

/// Python's `str.strip`: white space, and the four separators of ASCII.
fn strip(text: &str) -> &str {
    text.trim_matches(|character: char| {
        character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
    })
}

/// Whether `\w` matches in Python: letters and numbers, but not the marks and the symbols that
/// Unicode, and Rust with it, also calls alphabetic.
fn is_word(character: char) -> bool {
    character == '_' || (character.is_alphanumeric() && !is_within(&ALPHABETIC_MARKS, character))
}

/// Whether `str.isdigit` holds: the decimal digits of every script, and digits such as the
/// superscript ones, but no fractions, no Roman numerals and no Chinese ones.
fn is_digit(character: char) -> bool {
    character.is_ascii_digit() || (!character.is_ascii() && is_within(&DIGITS, character))
}

/// Whether the character is in one of the ranges, which are given by their first characters
/// and the first ones behind them, alternately.
fn is_within(bounds: &[u32], character: char) -> bool {
    bounds.partition_point(|bound| *bound <= u32::from(character)) % 2 == 1
}

/// The characters of categories Mn, Mc and So with the property Alphabetic, as of Unicode 14;
/// ranges run on over what is no word character in either language.
const ALPHABETIC_MARKS: [u32; 322] = [
    0x345, 0x370, 0x5b0, 0x5c8, 0x610, 0x61b, 0x64b, 0x660, 0x670, 0x671, 0x6d6, 0x6e5, 0x6e7,
    0x6ee, 0x711, 0x712, 0x730, 0x740, 0x7a6, 0x7b1, 0x816, 0x818, 0x81b, 0x824, 0x825, 0x828,
    0x829, 0x82d, 0x8d4, 0x904, 0x93a, 0x93c, 0x93e, 0x950, 0x955, 0x958, 0x962, 0x964, 0x981,
    0x984, 0x9be, 0x9cd, 0x9d7, 0x9d8, 0x9e2, 0x9e4, 0xa01, 0xa04, 0xa3e, 0xa52, 0xa70, 0xa72,
    0xa75, 0xa84, 0xabe, 0xacd, 0xae2, 0xae4, 0xafa, 0xb04, 0xb3e, 0xb58, 0xb62, 0xb64, 0xb82,
    0xb83, 0xbbe, 0xbcd, 0xbd7, 0xbd8, 0xc00, 0xc05, 0xc3e, 0xc57, 0xc62, 0xc64, 0xc81, 0xc84,
    0xcbe, 0xcd7, 0xce2, 0xce4, 0xd00, 0xd04, 0xd3e, 0xd4d, 0xd57, 0xd58, 0xd62, 0xd64, 0xd81,
    0xd84, 0xdcf, 0xde0, 0xdf2, 0xdf4, 0xe31, 0xe32, 0xe34, 0xe3b, 0xe4d, 0xe4e, 0xeb1, 0xeb2,
    0xeb4, 0xebd, 0xecd, 0xece, 0xf71, 0xf84, 0xf8d, 0xfbd, 0x102b, 0x103f, 0x1056, 0x105a, 0x105e,
    0x1061, 0x1062, 0x1065, 0x1067, 0x106e, 0x1071, 0x1075, 0x1082, 0x108e, 0x108f, 0x1090, 0x109a,
    0x109e, 0x1712, 0x1714, 0x1732, 0x1734, 0x1752, 0x1754, 0x1772, 0x1774, 0x17b6, 0x17c9, 0x1885,
    0x1887, 0x18a9, 0x18aa, 0x1920, 0x1939, 0x1a17, 0x1a1c, 0x1a55, 0x1a75, 0x1abf, 0x1b05, 0x1b35,
    0x1b44, 0x1b80, 0x1b83, 0x1ba1, 0x1bae, 0x1be7, 0x1bf2, 0x1c24, 0x1c37, 0x1dd3, 0x1df5, 0x24b6,
    0x24ea, 0x2de0, 0x2e00, 0xa674, 0xa67c, 0xa69e, 0xa6a0, 0xa802, 0xa803, 0xa80b, 0xa80c, 0xa823,
    0xa828, 0xa880, 0xa882, 0xa8b4, 0xa8c6, 0xa8ff, 0xa900, 0xa926, 0xa92b, 0xa947, 0xa953, 0xa980,
    0xa984, 0xa9b4, 0xa9c0, 0xa9e5, 0xa9e6, 0xaa29, 0xaa37, 0xaa43, 0xaa44, 0xaa4c, 0xaa4e, 0xaa7b,
    0xaa7e, 0xaab0, 0xaab1, 0xaab2, 0xaab5, 0xaab7, 0xaab9, 0xaabe, 0xaabf, 0xaaeb, 0xaaf0, 0xaaf5,
    0xaaf6, 0xabe3, 0xabeb, 0xfb1e, 0xfb1f, 0x10376, 0x1037b, 0x10a01, 0x10a10, 0x10d24, 0x10d28,
    0x10eab, 0x10ead, 0x11000, 0x11003, 0x11038, 0x11046, 0x11073, 0x11075, 0x11080, 0x11083,
    0x110b0, 0x110c3, 0x11100, 0x11103, 0x11127, 0x11133, 0x11145, 0x11147, 0x11180, 0x11183,
    0x111b3, 0x111c0, 0x111ce, 0x111d0, 0x1122c, 0x1123f, 0x112df, 0x112e9, 0x11300, 0x11304,
    0x1133e, 0x1134d, 0x11357, 0x11358, 0x11362, 0x11364, 0x11435, 0x11446, 0x114b0, 0x114c2,
    0x115af, 0x115bf, 0x115dc, 0x115de, 0x11630, 0x11641, 0x116ab, 0x116b6, 0x1171d, 0x1172b,
    0x1182c, 0x11839, 0x11930, 0x1193d, 0x11940, 0x11941, 0x11942, 0x11943, 0x119d1, 0x119e0,
    0x119e4, 0x119e5, 0x11a01, 0x11a0b, 0x11a35, 0x11a3a, 0x11a3b, 0x11a3f, 0x11a51, 0x11a5c,
    0x11a8a, 0x11a98, 0x11c2f, 0x11c3f, 0x11c92, 0x11cb7, 0x11d31, 0x11d44, 0x11d47, 0x11d48,
    0x11d8a, 0x11d97, 0x11ef3, 0x11ef7, 0x16f4f, 0x16f50, 0x16f51, 0x16f93, 0x16ff0, 0x16ff2,
    0x1bc9e, 0x1bc9f, 0x1e000, 0x1e02b, 0x1e947, 0x1e948, 0x1f130, 0x1f18a,
];

/// The characters whose `Numeric_Type` is Decimal or Digit, as of Unicode 14.
const DIGITS: [u32; 162] = [
    0x30, 0x3a, 0xb2, 0xb4, 0xb9, 0xba, 0x660, 0x66a, 0x6f0, 0x6fa, 0x7c0, 0x7ca, 0x966, 0x970,
    0x9e6, 0x9f0, 0xa66, 0xa70, 0xae6, 0xaf0, 0xb66, 0xb70, 0xbe6, 0xbf0, 0xc66, 0xc70, 0xce6,
    0xcf0, 0xd66, 0xd70, 0xde6, 0xdf0, 0xe50, 0xe5a, 0xed0, 0xeda, 0xf20, 0xf2a, 0x1040, 0x104a,
    0x1090, 0x109a, 0x1369, 0x1372, 0x17e0, 0x17ea, 0x1810, 0x181a, 0x1946, 0x1950, 0x19d0, 0x19db,
    0x1a80, 0x1a8a, 0x1a90, 0x1a9a, 0x1b50, 0x1b5a, 0x1bb0, 0x1bba, 0x1c40, 0x1c4a, 0x1c50, 0x1c5a,
    0x2070, 0x2071, 0x2074, 0x207a, 0x2080, 0x208a, 0x2460, 0x2469, 0x2474, 0x247d, 0x2488, 0x2491,
    0x24ea, 0x24eb, 0x24f5, 0x24fe, 0x24ff, 0x2500, 0x2776, 0x277f, 0x2780, 0x2789, 0x278a, 0x2793,
    0xa620, 0xa62a, 0xa8d0, 0xa8da, 0xa900, 0xa90a, 0xa9d0, 0xa9da, 0xa9f0, 0xa9fa, 0xaa50, 0xaa5a,
    0xabf0, 0xabfa, 0xff10, 0xff1a, 0x104a0, 0x104aa, 0x10a40, 0x10a44, 0x10d30, 0x10d3a, 0x10e60,
    0x10e69, 0x11052, 0x1105b, 0x11066, 0x11070, 0x110f0, 0x110fa, 0x11136, 0x11140, 0x111d0,
    0x111da, 0x112f0, 0x112fa, 0x11450, 0x1145a, 0x114d0, 0x114da, 0x11650, 0x1165a, 0x116c0,
    0x116ca, 0x11730, 0x1173a, 0x118e0, 0x118ea, 0x11950, 0x1195a, 0x11c50, 0x11c5a, 0x11d50,
    0x11d5a, 0x11da0, 0x11daa, 0x16a60, 0x16a6a, 0x16ac0, 0x16aca, 0x16b50, 0x16b5a, 0x1d7ce,
    0x1d800, 0x1e140, 0x1e14a, 0x1e2f0, 0x1e2fa, 0x1e950, 0x1e95a, 0x1f100, 0x1f10b, 0x1fbf0,
    0x1fbfa,
];
