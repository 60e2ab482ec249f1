//! Numbers that a parser keeps as they are written. What is beyond 64 bits, or has more digits
//! than a double, would be rounded without a word.

/// The first number in a JSON text that would be rounded; `None` where each is kept: an integer
/// of 64 bits, or a double in the shortest digits that mean it.
pub(super) fn rounded(json: &[u8]) -> Option<&str> {
    let mut rest = json;
    loop {
        let start = rest
            .iter()
            .position(|byte| b"-\"".contains(byte) || byte.is_ascii_digit())?;
        rest = &rest[start..];
        if rest[0] == b'"' {
            rest = after_text(&rest[1..]);
            continue;
        }
        let part_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let end = rest.iter().position(|byte| !part_of_number(byte));
        let (literal, further) = rest.split_at(end.unwrap_or(rest.len()));
        let literal = std::str::from_utf8(literal).unwrap_or_default();
        if !is_kept(literal) {
            return Some(literal);
        }
        rest = further;
    }
}

/// What follows a string whose first quote is taken off already.
fn after_text(mut rest: &[u8]) -> &[u8] {
    loop {
        match rest {
            [b'"', further @ ..] => return further,
            [b'\\', _, further @ ..] | [_, further @ ..] => rest = further,
            [] => return rest,
        }
    }
}

fn is_kept(literal: &str) -> bool {
    if literal
        .bytes()
        .all(|byte| byte == b'-' || byte.is_ascii_digit())
    {
        return literal.parse::<i64>().is_ok() || literal.parse::<u64>().is_ok();
    }
    // As serde_json reads it: as the nearest double.
    let Ok(double) = serde_json::from_str::<f64>(literal) else {
        return false;
    };
    // Rust writes the shortest digits from which the nearest double is this one.
    decimal(literal) == decimal(&format!("{double:e}"))
}

/// A number as its digits, without zeros at either end, and the power of ten of the last one.
fn decimal(literal: &str) -> Option<(bool, String, i64)> {
    let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let unsigned = mantissa.trim_start_matches('-');
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{fraction}");
    let kept = digits.trim_end_matches('0');
    let dropped = i64::try_from(digits.len() - kept.len()).ok()?;
    let digits = kept.trim_start_matches('0').to_owned();
    if digits.is_empty() {
        return Some((false, digits, 0));
    }
    let last = exponent.checked_add(dropped)? - i64::try_from(fraction.len()).ok()?;
    Some((mantissa.starts_with('-'), digits, last))
}
