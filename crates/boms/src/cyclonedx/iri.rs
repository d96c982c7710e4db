//! References to places outside (RFC 3986, RFC 3987): is a text one, and the nearest one to a text that is none.
//!
//! The schemas ask for IRI references. What scanners find in metadata is often something else, and a document that
//! holds it as it is would be refused.

/// Whether the text is an IRI reference.
pub(crate) fn is_reference(text: &str) -> bool {
    let (before, fragment) = match text.split_once('#') {
        Some((before, fragment)) => (before, fragment),
        None => (text, ""),
    };
    let (hierarchy, query) = match before.split_once('?') {
        Some((hierarchy, query)) => (hierarchy, query),
        None => (before, ""),
    };
    let rest = match hierarchy.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        Some((first, _)) if !first.contains('/') => return false,
        _ => hierarchy,
    };
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if !is_authority(authority) {
                return false;
            }
            path
        }
    };
    let are_legal = |part: &str, extra: &str| {
        part.chars()
            .all(|each| is_plain(each) || extra.contains(each))
            && has_whole_escapes(part)
    };
    are_legal(path, ":@/%") && are_legal(query, ":@/?%") && are_legal(fragment, ":@/?%")
}

/// The text as a reference: what may not stand there is percent-encoded.
pub(crate) fn reference(text: &str) -> String {
    if is_reference(text) {
        return text.to_owned();
    }
    let soft = escape(text, ":@/?#%");
    if is_reference(&soft) {
        return soft;
    }
    escape(text, "/")
}

/// Whether the text has the form of a mail address that schemas accept.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else {
        return false;
    };
    let is_legal = |each: char| !each.is_whitespace() && !each.is_control() && each != '"';
    let labels = host.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|each| each.is_ascii_alphanumeric() || each == '-')
    });
    let is_atom =
        |each: char| each.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(each);
    !name.is_empty()
        && name.len() <= 64
        && host.len() <= 255
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && name.chars().all(|each| is_legal(each) && is_atom(each))
        && labels
}

fn is_scheme(text: &str) -> bool {
    let mut characters = text.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|each| each.is_ascii_alphanumeric() || "+-.".contains(each))
}

fn is_authority(text: &str) -> bool {
    let (user, host) = text.rsplit_once('@').unwrap_or(("", text));
    let is_legal = |part: &str, extra: &str| {
        part.chars()
            .all(|each| is_plain(each) || extra.contains(each))
            && has_whole_escapes(part)
    };
    let host = match host.strip_prefix('[') {
        Some(literal) => match literal.split_once(']') {
            Some((address, port)) if is_address(address) => {
                return is_legal(user, ":%") && (port.is_empty() || is_port(port));
            }
            _ => return false,
        },
        None => host,
    };
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    is_legal(user, ":%") && is_legal(name, "%") && port.chars().all(|each| each.is_ascii_digit())
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':')
        .is_some_and(|digits| digits.chars().all(|each| each.is_ascii_digit()))
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

/// Characters of any part: unreserved, sub-delims, and what RFC 3987 adds.
fn is_plain(each: char) -> bool {
    each.is_ascii_alphanumeric()
        || "-._~!$&'()*+,;=".contains(each)
        || matches!(u32::from(each), 0xa0..=0xd7ff | 0xf900..=0xfdcf | 0xfdf0..=0xffef)
        || (u32::from(each) >= 0x1_0000
            && u32::from(each) < 0xe_0000
            && u32::from(each) & 0xffff < 0xfffe)
        || matches!(u32::from(each), 0xe_1000..=0xe_fffd)
}

fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        after
            .get(..2)
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

fn escape(text: &str, kept: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(text.len());
    let mut fragments = 0_u32;
    for (index, each) in text.char_indices() {
        let is_whole = each != '%' || has_whole_escapes(text.get(index..).map_or("", first_escape));
        let is_first = each != '#' || fragments == 0;
        if each.is_ascii() && is_whole && is_first && (is_plain(each) || kept.contains(each)) {
            fragments = fragments.saturating_add(u32::from(each == '#'));
            escaped.push(each);
            continue;
        }
        let mut bytes = [0; 4];
        for byte in each.encode_utf8(&mut bytes).bytes() {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// The first three bytes, or fewer; `%` and what should be its digits.
fn first_escape(text: &str) -> &str {
    text.get(..3).unwrap_or(text.get(..1).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_reference() {
        for text in [
            "",
            "https://example.org/a?b#c",
            "not a url",
            "a:b c",
            "1a:b",
            "http://[::1]/x",
            "http://[zz]/x",
            "http://h:port/x",
            "a%2",
            "a%zz#b#c",
            "\u{202e}\u{0}",
            "C:\\models\\a.bin",
            "<script>",
            "\u{e000}",
        ] {
            let made = reference(text);
            assert!(is_reference(&made), "{text} -> {made}");
        }
        assert_eq!(
            reference("https://example.org/a b"),
            "https://example.org/a%20b"
        );
        assert!(!is_reference("a b"));
        assert!(is_reference("../x/é"));
    }

    #[test]
    fn mail_addresses_have_a_name_and_a_host() {
        assert!(is_email("a.b@example.org"));
        for bad in ["a", "@b", "a@", "a b@c", "a@-b", ".a@b", "a..b@c"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
