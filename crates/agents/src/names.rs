//! Names that are made to be mistaken for others, and the part of a host that somebody registered.
//!
//! Package names are compared elsewhere, against whole registries; here are names of servers, scopes and hosts, whose
//! well-known ones fit on a page.

/// Hosts of vendors that assistants are wired to, by what their owners registered.
const DOMAINS: &[&str] = &[
    "anthropic.com",
    "claude.ai",
    "openai.com",
    "chatgpt.com",
    "github.com",
    "githubcopilot.com",
    "gitlab.com",
    "googleapis.com",
    "google.com",
    "microsoft.com",
    "azure.com",
    "amazonaws.com",
    "cloudflare.com",
    "notion.com",
    "atlassian.com",
    "linear.app",
    "stripe.com",
    "sentry.dev",
    "supabase.com",
    "figma.com",
    "slack.com",
    "asana.com",
    "paypal.com",
    "hubspot.com",
    "vercel.com",
    "netlify.com",
    "huggingface.co",
    "mistral.ai",
    "openrouter.ai",
    "deepseek.com",
    "zapier.com",
    "intercom.com",
    "datadoghq.com",
    "postman.com",
    "mongodb.com",
    "shopify.com",
    "monday.com",
    "airtable.com",
    "dropbox.com",
    "salesforce.com",
    "smithery.ai",
    "context7.com",
    "exa.ai",
    "tavily.com",
    "perplexity.ai",
    "cursor.com",
    "windsurf.com",
    "codeium.com",
    "npmjs.org",
    "npmjs.com",
    "pypi.org",
];

/// Owners of packages of well-known servers.
const SCOPES: &[&str] = &[
    "modelcontextprotocol",
    "anthropic-ai",
    "openai",
    "playwright",
    "notionhq",
    "stripe",
    "sentry",
    "cloudflare",
    "supabase",
    "upstash",
    "microsoft",
    "google",
    "github",
    "figma",
    "browserbasehq",
    "elastic",
    "hubspot",
    "heroku",
    "langchain",
    "huggingface",
    "atlassian",
    "mongodb-js",
    "salesforce",
    "shopify",
    "azure",
    "aws-sdk",
    "vercel",
];

/// Names under which well-known servers are configured.
const SERVERS: &[&str] = &[
    "github",
    "gitlab",
    "slack",
    "notion",
    "linear",
    "atlassian",
    "stripe",
    "figma",
    "sentry",
    "cloudflare",
    "supabase",
    "playwright",
    "puppeteer",
    "filesystem",
    "context7",
    "postgres",
    "sequential-thinking",
    "everything",
    "firecrawl",
    "brave-search",
    "google-drive",
    "google-maps",
    "anthropic",
    "huggingface",
    "mongodb",
    "elasticsearch",
    "browserbase",
];

/// A name that is made to be mistaken for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impersonation {
    /// What it looks like; empty if only its letters are mixed.
    pub target: String,
    /// How it looks like it.
    pub how: &'static str,
    /// Whether an honest name hardly ever looks like this.
    pub is_sure: bool,
}

/// What kind of name is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A server, as a client calls it.
    Server,
    /// The owner of a package, without `@`.
    Scope,
    /// A host.
    Host,
}

/// Whether a name is made to be mistaken for a well-known one.
#[must_use]
pub fn impersonation(kind: Named, name: &str) -> Option<Impersonation> {
    let name: String = name.chars().take(120).collect::<String>().to_lowercase();
    let registered = registered_domain(&name);
    let (name, known) = match kind {
        Named::Server => (name.as_str(), SERVERS),
        Named::Scope => (name.as_str(), SCOPES),
        Named::Host => (registered.as_str(), DOMAINS),
    };
    if known.contains(&name) {
        return None;
    }
    let found = |target: &str, how, is_sure| {
        Some(Impersonation {
            target: target.to_owned(),
            how,
            is_sure,
        })
    };
    let bare = skeleton(name);
    if let Some(target) = known.iter().find(|known| skeleton(known) == bare) {
        return found(target, "letters that look alike", true);
    }
    if mixes_alphabets(name) {
        return found("", "letters of several alphabets", true);
    }
    let letters = letters(name);
    for target in known {
        let other = self::letters(target);
        let is_long = other.len() >= 7 || (other.len() >= 6 && kind == Named::Host);
        if kind != Named::Server && letters == other && name.len() >= 6 {
            return found(
                target,
                "the same letters with other separators",
                kind == Named::Scope,
            );
        }
        if is_long
            && letters.len() >= 6
            && one_slip(&letters, &other)
            && !is_plural(&letters, &other)
        {
            return found(target, "one letter off", kind != Named::Server);
        }
    }
    if kind == Named::Host && !is_platform(name) {
        let label = name.split('.').next().unwrap_or_default();
        let brand = |domain: &&&str| {
            let own = domain.split('.').next().unwrap_or_default();
            own.len() >= 6
                && label
                    .strip_prefix(own)
                    .or_else(|| label.strip_suffix(own))
                    .is_some_and(|rest| {
                        matches!(
                            rest.trim_matches('-'),
                            "mcp" | "api" | "login" | "auth" | "official" | "support"
                        )
                    })
        };
        if let Some(target) = DOMAINS.iter().find(brand) {
            return found(target, "a vendor's name with a word beside it", false);
        }
    }
    None
}

/// The letters without separators, and without the ending that hosts of all kinds share.
fn letters(name: &str) -> String {
    name.chars()
        .filter(|letter| !matches!(letter, '-' | '_'))
        .collect()
}

fn is_plural(left: &str, right: &str) -> bool {
    left.strip_suffix('s') == Some(right) || right.strip_suffix('s') == Some(left)
}

/// The name with every letter replaced by the one that it can be mistaken for.
fn skeleton(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|letter| !chainwright_core::text::is_invisible(*letter))
        .map(|letter| match letter {
            'а' | 'ɑ' | 'α' | 'ａ' => 'a',
            'с' | 'ϲ' | 'ｃ' => 'c',
            'ԁ' => 'd',
            'е' | 'ё' | 'ｅ' | '3' => 'e',
            'ɡ' | 'ց' => 'g',
            'һ' => 'h',
            'і' | 'ı' | 'ι' | 'l' | '1' | 'ｉ' | '|' => 'i',
            'ј' => 'j',
            'κ' | 'к' => 'k',
            'ո' | 'п' => 'n',
            'о' | 'ο' | '0' | 'ｏ' => 'o',
            'р' | 'ρ' | 'ｐ' => 'p',
            'ѕ' | '5' => 's',
            'т' | 'τ' => 't',
            'υ' | 'ս' => 'u',
            'ν' | 'ѵ' => 'v',
            'ԝ' => 'w',
            'х' | 'χ' => 'x',
            'у' | 'γ' => 'y',
            other => other,
        })
        .collect();
    plain.replace("rn", "m").replace("vv", "w")
}

/// Latin letters beside letters of an alphabet that looks like it, or characters that nobody sees.
fn mixes_alphabets(name: &str) -> bool {
    let is_alike = |letter: char| matches!(letter, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{530}'..='\u{58f}' | '\u{ff21}'..='\u{ff5a}');
    let has_latin = name.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_hidden = name.chars().any(chainwright_core::text::is_invisible);
    is_hidden || (has_latin && name.chars().any(is_alike))
}

/// Whether one letter was added, left out, replaced, or two neighbours were swapped.
fn one_slip(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if left.len().abs_diff(right.len()) > 1 || left == right {
        return false;
    }
    let same = left.iter().zip(&right).take_while(|(l, r)| l == r).count();
    let rest =
        |word: &[char], from: usize| -> Vec<char> { word.iter().skip(from).copied().collect() };
    let (l, r) = (rest(&left, same), rest(&right, same));
    let swapped = match (l.as_slice(), r.as_slice()) {
        ([a, b, l @ ..], [c, d, r @ ..]) => a == d && b == c && l == r,
        _ => false,
    };
    swapped
        || rest(&l, 1) == rest(&r, 1)
        || (l.len() > r.len() && rest(&l, 1) == r)
        || (r.len() > l.len() && rest(&r, 1) == l)
}

/// Hosts below which everybody can have a name.
const PLATFORMS: &[&str] = &[
    "github.io",
    "githubusercontent.com",
    "gitlab.io",
    "vercel.app",
    "netlify.app",
    "pages.dev",
    "workers.dev",
    "onrender.com",
    "herokuapp.com",
    "fly.dev",
    "railway.app",
    "azurewebsites.net",
    "azurecontainerapps.io",
    "cloudfunctions.net",
    "run.app",
    "web.app",
    "firebaseapp.com",
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "trycloudflare.com",
    "loca.lt",
    "hf.space",
    "replit.app",
    "repl.co",
    "glitch.me",
    "deno.dev",
    "amazonaws.com",
    "cloudfront.net",
    "blob.core.windows.net",
    "surge.sh",
    "lhr.life",
    "serveo.net",
    "val.run",
    "modal.run",
    "streamlit.app",
    "gradio.live",
    "azure-api.net",
];

/// Whether everybody can have a name below the host's own.
fn is_platform(name: &str) -> bool {
    PLATFORMS.iter().any(|platform| name.ends_with(platform))
}

/// The part of a host that somebody registered: two labels, or three below a shared ending.
#[must_use]
pub fn registered_domain(host: &str) -> String {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host.parse::<std::net::IpAddr>().is_ok() {
        return host;
    }
    let labels: Vec<&str> = host.split('.').collect();
    let last = |count: usize| {
        let skip = labels.len().saturating_sub(count);
        labels
            .iter()
            .skip(skip)
            .copied()
            .collect::<Vec<_>>()
            .join(".")
    };
    let is_shared = PLATFORMS.iter().find(|platform| {
        host.strip_suffix(**platform)
            .is_some_and(|front| front.ends_with('.'))
    });
    if let Some(platform) = is_shared {
        return last(platform.split('.').count().saturating_add(1));
    }
    let second = labels.iter().rev().nth(1).copied().unwrap_or_default();
    let top = labels.last().copied().unwrap_or_default();
    let is_country = top.len() == 2
        && matches!(
            second,
            "co" | "com" | "org" | "net" | "ac" | "gov" | "edu" | "gob" | "or" | "ne"
        );
    last(if is_country { 3 } else { 2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_told_from_other_names() {
        for (kind, name) in [
            (Named::Server, "gith\u{443}b"),
            (Named::Server, "f\u{456}lesystem"),
            (Named::Server, "not\u{200b}ion"),
            (Named::Server, "fi1esystem"),
            (Named::Scope, "modelcontextprotocoI"),
            (Named::Scope, "model-context-protocol"),
            (Named::Scope, "modelcontextprotocl"),
            (Named::Scope, "anthropicai"),
            (Named::Host, "api.anthropc.com"),
            (Named::Host, "mcp.githubcopi1ot.com"),
            (Named::Host, "mcp.atlasian.com"),
        ] {
            let found = impersonation(kind, name);
            assert!(
                found.as_ref().is_some_and(|found| found.is_sure),
                "{name}: {found:?}"
            );
        }
        for (kind, name) in [
            (Named::Server, "github"),
            (Named::Server, "my-notes"),
            (Named::Server, "entry"),
            (Named::Server, "postgresql"),
            (Named::Server, "Gedächtnis"),
            (Named::Server, "база-данных"),
            (Named::Scope, "acme"),
            (Named::Scope, "sentry"),
            (Named::Host, "mcp.notion.com"),
            (Named::Host, "notion.so"),
            (Named::Host, "acme.internal"),
            (Named::Host, "tools.azure-api.net"),
        ] {
            assert_eq!(impersonation(kind, name), None, "{name}");
        }
    }

    #[test]
    fn what_somebody_registered_is_found() {
        for (host, own) in [
            ("a.b.example.com", "example.com"),
            ("x.example.co.uk", "example.co.uk"),
            ("me.github.io", "me.github.io"),
            ("10.0.0.1", "10.0.0.1"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(registered_domain(host), own);
        }
    }
}
