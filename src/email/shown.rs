//! An address as operators see it.

use std::collections::BTreeSet;

use icu_properties::CodePointMapData;
use icu_properties::props::Script;

use super::domain;
use crate::visible::{is_hidden, visible};

/// The address with its domain in Unicode, and behind it the domain in ASCII where scripts are
/// mixed, its last label included: `a@аррlе.com` looks like another one. What is not seen is
/// written out.
#[must_use]
pub fn shown(address: &str) -> String {
    let parts = address.rsplit_once('@');
    let in_unicode = |(_, domain): &(&str, &str)| !domain.starts_with('[');
    let Some((local_part, domain)) = parts.filter(in_unicode) else {
        return visible(address);
    };
    // UTS 46 takes some of them away.
    if address.contains(is_hidden) {
        return visible(address);
    }
    let (Some(unicode), Some(ascii)) = (domain::to_unicode(domain), domain::to_ascii(domain))
    else {
        return visible(address);
    };
    let mut text = visible(&format!("{local_part}@{unicode}"));
    if unicode != ascii && mixes_scripts(&unicode) {
        text.push_str(" (");
        text.push_str(&ascii);
        text.push(')');
    }
    text
}

/// Whether letters of more than one script stand in the text. Those that Japanese, Korean and
/// Chinese write together count as one (UTS 39, section 5.1, augmented script sets).
fn mixes_scripts(text: &str) -> bool {
    let scripts = CodePointMapData::<Script>::new();
    let used: BTreeSet<Script> = text
        .chars()
        .map(|c| scripts.get(c))
        .filter(|script| !matches!(*script, Script::Common | Script::Inherited))
        .map(|script| match script {
            Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo => Script::Han,
            script => script,
        })
        .collect();
    used.len() > 1
}
