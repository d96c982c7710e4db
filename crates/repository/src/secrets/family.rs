//! Credentials that start with a prefix of their own: one row for each family.
//!
//! Rows are data. An example is given in parts that a test joins, so that no text in this file looks like a
//! credential to other scanners.

use super::checksum::has_crc32_suffix;
use super::plausible::{is_placeholder, looks_random};
use super::{Certainty, Found};

/// The characters a token is made of behind its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    Alphanumeric,
    /// With `_` and `-`.
    UrlSafe,
    /// With `_`, `-` and `.`.
    Dotted,
    /// Lower-case hexadecimal.
    Hex,
    /// Upper-case letters and digits.
    Upper,
}

impl Alphabet {
    const fn has(self, byte: u8) -> bool {
        match self {
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::UrlSafe => byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-',
            Self::Dotted => {
                byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || byte == b'.'
            }
            Self::Hex => byte.is_ascii_digit() || (byte >= b'a' && byte <= b'f'),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        }
    }
}

/// One family of credentials.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) prefixes: &'static [&'static str],
    alphabet: Alphabet,
    /// Characters behind the prefix: at least, at most.
    length: (usize, usize),
    certainty: Certainty,
    /// Whether the last six characters are a CRC-32 of the others in base 62 (GitHub, npm).
    has_checksum: bool,
    /// What follows the first prefix in an example.
    #[cfg_attr(not(test), expect(dead_code, reason = "examples are read by tests"))]
    pub(super) example: &'static str,
}

const fn row(
    name: &'static str,
    prefixes: &'static [&'static str],
    alphabet: Alphabet,
    length: (usize, usize),
    certainty: Certainty,
    example: &'static str,
) -> Family {
    Family {
        name,
        prefixes,
        alphabet,
        length,
        certainty,
        has_checksum: false,
        example,
    }
}

const fn checked(
    name: &'static str,
    prefixes: &'static [&'static str],
    example: &'static str,
) -> Family {
    Family {
        name,
        prefixes,
        alphabet: Alphabet::Alphanumeric,
        length: (36, 36),
        certainty: Certainty::Medium,
        has_checksum: true,
        example,
    }
}

use Alphabet::{Alphanumeric, Dotted, Hex, Upper, UrlSafe};
use Certainty::{High, Low, Medium};

/// Every family.
pub(super) static FAMILIES: &[Family] = &[
    row(
        "aws-access-key-id",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        Upper,
        (16, 16),
        Medium,
        "QZ3RT7KLMV2XW5PB",
    ),
    row(
        "google-api-key",
        &["AIza"],
        UrlSafe,
        (35, 35),
        High,
        "SyB7kQ2mXw9RtZ4vNc8LpYe3HdUf6GjAs1T",
    ),
    row(
        "google-oauth-secret",
        &["GOCSPX-"],
        UrlSafe,
        (28, 28),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6Gj",
    ),
    row(
        "google-oauth-token",
        &["ya29."],
        UrlSafe,
        (40, 400),
        Medium,
        "a0Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOx",
    ),
    checked(
        "github-token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv",
    ),
    row(
        "github-token",
        &["github_pat_"],
        UrlSafe,
        (60, 255),
        High,
        "11ABQZ3RT0k7Qm2Xw9RtZ4_vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9Fg1Mj6Ks3Lq8PzTu5",
    ),
    row(
        "gitlab-token",
        &[
            "glpat-", "gldt-", "glrt-", "glsoat-", "glptt-", "glagent-", "glcbt-",
        ],
        Dotted,
        (20, 300),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe",
    ),
    row(
        "huggingface-token",
        &["hf_", "api_org_"],
        Alphanumeric,
        (30, 40),
        High,
        "kQmXwRtZvNcLpYeHdUfGjAsTkBvWiOxrCy",
    ),
    row(
        "openai-key",
        &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"],
        UrlSafe,
        (40, 250),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9",
    ),
    row(
        "openai-key",
        &["sk-"],
        Alphanumeric,
        (48, 51),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYeT3BlbkFJ3HdUf6GjAs1Tk5Bv0WiO",
    ),
    row(
        "anthropic-key",
        &["sk-ant-"],
        UrlSafe,
        (32, 250),
        High,
        "api03-k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9AA",
    ),
    row(
        "openrouter-key",
        &["sk-or-v1-"],
        Hex,
        (64, 64),
        High,
        "3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f9a1c7e5b2d8064f1e9a7c3b5d2806e",
    ),
    row(
        "langfuse-key",
        &["sk-lf-"],
        UrlSafe,
        (36, 36),
        High,
        "3f9a1c7e-5b2d-4064-a1e9-a7c3b5d2806e",
    ),
    row(
        "replicate-token",
        &["r8_"],
        Alphanumeric,
        (37, 37),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5BvW",
    ),
    row(
        "groq-key",
        &["gsk_"],
        Alphanumeric,
        (52, 52),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9",
    ),
    row(
        "perplexity-key",
        &["pplx-"],
        Alphanumeric,
        (48, 56),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn",
    ),
    row(
        "xai-key",
        &["xai-"],
        Alphanumeric,
        (70, 90),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9Fg1Mj6Ks3Lq8PzTu5VwXyZabCdEf",
    ),
    row(
        "nvidia-key",
        &["nvapi-"],
        UrlSafe,
        (60, 80),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9Fg1Mj6Ks3Lq8",
    ),
    row(
        "pinecone-key",
        &["pcsk_"],
        UrlSafe,
        (60, 80),
        High,
        "k7Qm2_w9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9Fg1Mj6Ks3Lq8",
    ),
    row(
        "langsmith-key",
        &["lsv2_pt_", "lsv2_sk_"],
        UrlSafe,
        (43, 43),
        High,
        "3f9a1c7e5b2d8064f1e9a7c3b5d2806e_4f9a1c7e5b",
    ),
    row(
        "tavily-key",
        &["tvly-"],
        UrlSafe,
        (32, 60),
        Medium,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1T",
    ),
    row(
        "wandb-key",
        &["wandb_v1_"],
        UrlSafe,
        (40, 120),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiO",
    ),
    row(
        "slack-token",
        &[
            "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-",
        ],
        UrlSafe,
        (24, 250),
        High,
        "2048163957-5719362840-k7Qm2Xw9RtZ4vNc8LpYe3HdU",
    ),
    row(
        "stripe-key",
        &["sk_live_", "rk_live_"],
        Alphanumeric,
        (20, 250),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdU",
    ),
    row(
        "stripe-test-key",
        &["sk_test_", "rk_test_"],
        Alphanumeric,
        (20, 250),
        Low,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdU",
    ),
    row(
        "stripe-webhook-secret",
        &["whsec_"],
        Alphanumeric,
        (32, 64),
        Medium,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1T",
    ),
    row(
        "sendgrid-key",
        &["SG."],
        Dotted,
        (66, 66),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3H.dUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9Fg1Mj6Ks3Lq8P",
    ),
    row(
        "mailgun-key",
        &["key-"],
        Hex,
        (32, 32),
        Medium,
        "3f9a1c7e5b2d8064f1e9a7c3b5d2806e",
    ),
    checked(
        "npm-token",
        &["npm_"],
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv",
    ),
    row(
        "pypi-token",
        &["pypi-AgEI", "pypi-AgEN"],
        UrlSafe,
        (50, 400),
        High,
        "cHlwaS5vcmcCJGZmN2I0ODQ2LTk3OGQtNDJiNS1hNzM5LTI5ZjE0M2Q4YWIxNwACKlszLCJ",
    ),
    row(
        "databricks-token",
        &["dapi"],
        Hex,
        (32, 32),
        High,
        "3f9a1c7e5b2d8064f1e9a7c3b5d2806e",
    ),
    row(
        "digitalocean-token",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        Hex,
        (64, 64),
        High,
        "3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f9a1c7e5b2d8064f1e9a7c3b5d2806e",
    ),
    row(
        "vault-token",
        &["hvs.", "hvb.", "hvr."],
        UrlSafe,
        (24, 250),
        High,
        "CAESIk7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1",
    ),
    row(
        "doppler-token",
        &["dp.pt.", "dp.st."],
        Dotted,
        (40, 60),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2",
    ),
    row(
        "linear-key",
        &["lin_api_"],
        Alphanumeric,
        (40, 40),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiO",
    ),
    row(
        "notion-token",
        &["ntn_"],
        Alphanumeric,
        (40, 50),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7",
    ),
    row(
        "figma-token",
        &["figd_"],
        UrlSafe,
        (40, 60),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiO",
    ),
    row(
        "postman-key",
        &["PMAK-"],
        UrlSafe,
        (59, 59),
        High,
        "3f9a1c7e5b2d8064f1e9a7c3-3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f",
    ),
    row(
        "shopify-token",
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        Alphanumeric,
        (32, 32),
        High,
        "3f9a1c7e5b2d8064f1e9a7c3b5d2806e",
    ),
    row(
        "grafana-token",
        &["glsa_", "glc_"],
        UrlSafe,
        (32, 250),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1T_3f9a1c7e",
    ),
    row(
        "new-relic-key",
        &["NRAK-"],
        Upper,
        (27, 27),
        High,
        "QZ3RT7KLMV2XW5PBD8YHJ4NCF6G",
    ),
    row(
        "sentry-token",
        &["sntrys_", "sntryu_"],
        UrlSafe,
        (60, 400),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9Fg1Mj6Ks3Lq8",
    ),
    row(
        "supabase-key",
        &["sbp_"],
        Hex,
        (40, 40),
        High,
        "3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f9a1c7e",
    ),
    row(
        "planetscale-token",
        &["pscale_tkn_", "pscale_pw_"],
        UrlSafe,
        (32, 64),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv",
    ),
    row(
        "alibaba-access-key-id",
        &["LTAI"],
        Alphanumeric,
        (16, 26),
        Medium,
        "5tQm2Xw9RtZ4vNc8LpYe",
    ),
    row(
        "docker-token",
        &["dckr_pat_", "dckr_oat_"],
        UrlSafe,
        (27, 40),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6G",
    ),
    row(
        "terraform-token",
        &[".atlasv1."],
        UrlSafe,
        (60, 80),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9Fg1Mj6Ks3Lq8PzT",
    ),
    row(
        "age-secret-key",
        &["AGE-SECRET-KEY-1"],
        Upper,
        (58, 58),
        High,
        "QZ3RT7KLMV2XW5PBD8YHJ4NCF6GQZ3RT7KLMV2XW5PBD8YHJ4NCF6GQZ3R",
    ),
    row(
        "kaggle-token",
        &["KGAT_"],
        Alphanumeric,
        (32, 32),
        High,
        "3f9a1c7e5b2d8064f1e9a7c3b5d2806e",
    ),
    row(
        "square-token",
        &["sq0csp-", "sq0atp-"],
        UrlSafe,
        (22, 60),
        High,
        "k7Qm2Xw9RtZ4vNc8LpYe3HdU",
    ),
];

impl Family {
    /// The token whose prefix lies at `start..end`, if it is one.
    pub(super) fn token_at<'a>(
        &self,
        text: &'a str,
        start: usize,
        end: usize,
    ) -> Option<Found<'a>> {
        let bytes = text.as_bytes();
        let prefix = text.get(start..end)?;
        // Literals are searched without regard to case; tokens have one.
        if !self.prefixes.contains(&prefix) {
            return None;
        }
        let starts_inside = !prefix.starts_with('.')
            && start
                .checked_sub(1)
                .and_then(|before| bytes.get(before))
                .is_some_and(|byte| {
                    byte.is_ascii_alphanumeric()
                        || *byte == b'_'
                        || (*byte == b'-' && prefix == "sk-")
                });
        if starts_inside {
            return None;
        }
        let tail = bytes.get(end..)?;
        let (least, most) = self.length;
        let length = tail
            .iter()
            .take(most.saturating_add(1))
            .take_while(|byte| self.alphabet.has(**byte))
            .count();
        let body = text.get(end..end.saturating_add(length))?;
        // A dot or dash that ends a sentence is no part of a token.
        let body = body.trim_end_matches(['.', '-', '_']);
        let goes_on = tail
            .get(body.len())
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if goes_on || !(least..=most).contains(&body.len()) {
            return self.longer_form(text, start, end);
        }
        self.found(text, start, end, body)
    }

    /// `sk-` with 32 or more other characters: the keys of several providers with the same prefix.
    fn longer_form<'a>(&self, text: &'a str, start: usize, end: usize) -> Option<Found<'a>> {
        if text.get(start..end) != Some("sk-") {
            return None;
        }
        let tail = text.as_bytes().get(end..)?;
        let length = tail
            .iter()
            .take(260)
            .take_while(|byte| Alphabet::UrlSafe.has(**byte))
            .count();
        let body = text.get(end..end.saturating_add(length))?;
        let is_openai = body.contains("T3BlbkFJ") && body.len() <= 250;
        let is_hex = body.len() == 32 && body.bytes().all(|byte| Alphabet::Alphanumeric.has(byte));
        if !(is_openai || is_hex) || is_placeholder(body) || !looks_random(body) {
            return None;
        }
        Some(Found {
            pattern: if is_openai {
                "openai-key"
            } else {
                "llm-provider-key"
            },
            start,
            secret: text.get(start..end.saturating_add(length))?,
            certainty: if is_openai { High } else { Medium },
        })
    }

    fn found<'a>(&self, text: &'a str, start: usize, end: usize, body: &str) -> Option<Found<'a>> {
        if is_placeholder(body) || !looks_random(body) {
            return None;
        }
        let certainty = if self.has_checksum && has_crc32_suffix(body) {
            High
        } else {
            self.certainty
        };
        Some(Found {
            pattern: self.name,
            start,
            secret: text.get(start..end.saturating_add(body.len()))?,
            certainty,
        })
    }
}
