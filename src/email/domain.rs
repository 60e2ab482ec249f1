//! The domain of an address, in the two forms of UTS 46.
//!
//! Processing is non-transitional, as in browsers: ß, ς and the joiners that a script needs are
//! kept. Characters that UTS 46 ignores (U+200B, U+00AD, U+2060) vanish, compatibility forms
//! such as full-width letters become the plain ones, and everything else that is not seen or
//! that turns writing around makes the domain invalid.

use std::net::{Ipv4Addr, Ipv6Addr};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// The longest literal IPv6 address, in characters: eight groups of four digits. The mixed
/// notation with an IPv4 tail may be longer, and then Django refuses it.
const MAX_IPV6_LENGTH: usize = 39;

/// The domain in ASCII: lower case, Punycode where it needs it; an IP address in brackets in
/// its one spelling. `None` where UTS 46 knows no such domain, or DNS could not hold it.
pub(super) fn to_ascii(domain: &str) -> Option<String> {
    if let Some(literal) = literal(domain) {
        return Some(literal);
    }
    Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()
        .map(Into::into)
}

/// The domain as people read it: in Unicode, mapped and composed. `None` where UTS 46 knows no
/// such domain.
pub(super) fn to_unicode(domain: &str) -> Option<String> {
    let (text, result) = Uts46::new().to_unicode(
        domain.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
    );
    result.ok().map(|()| text.into())
}

/// The IP address in brackets (RFC 5321, section 4.1.3, without the `IPv6:`) that the domain
/// is, in the one spelling of [`std::net`].
pub(super) fn literal(domain: &str) -> Option<String> {
    let text = domain.strip_prefix('[')?.strip_suffix(']')?;
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Some(format!("[{address}]"));
    }
    let address: Ipv6Addr = text.parse().ok()?;
    (text.len() <= MAX_IPV6_LENGTH).then(|| format!("[{address}]"))
}
