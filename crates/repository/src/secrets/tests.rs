use super::family::FAMILIES;
use super::*;

fn names(text: &str) -> Vec<String> {
    find(text).into_iter().map(|hit| hit.pattern).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(names(text), expected, "{text}");
}

#[test]
fn every_family_finds_its_example_and_no_placeholder() {
    for family in FAMILIES {
        let prefix = family.prefixes[0];
        let token = format!("{prefix}{}", family.example);
        check(&format!("x = \"{token}\"\n"), &[family.name]);
        check(&format!("see {token}."), &[family.name]);
        for placeholder in [
            "x".repeat(family.example.len()),
            "A".repeat(family.example.len()),
            "...".into(),
        ] {
            check(&format!("x = \"{prefix}{placeholder}\"\n"), &[]);
        }
        if !prefix.starts_with('.') {
            check(&format!("q{prefix}{}", family.example), &[]);
        }
    }
}

#[test]
fn a_hit_shows_little_and_tells_where() {
    let token = ["gh", "p_", "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv"].concat();
    let hits = find(&format!("a\nbé {token} {token}"));
    let [hit] = hits.items() else {
        panic!("{hits:?}")
    };
    assert_eq!(hit.place, Place::Line { line: 2, column: 4 });
    assert_eq!(hit.shown, "ghp_…Bv");
}

#[test]
fn a_fitting_checksum_raises_certainty() {
    let random = "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs";
    let certainty = |token: String| find(&token).items()[0].certainty;
    assert_eq!(
        certainty(["ghp", "_", random, "1Tk5Bv"].concat()),
        Certainty::Medium
    );
    // Computed with zlib's CRC-32.
    let fitting = format!("{random}2g7air");
    assert_eq!(certainty(["ghp", "_", &fitting].concat()), Certainty::High);
}

#[test]
fn keys_with_a_body_are_found() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj".repeat(3);
    let begin = ["-----BEGIN", " RSA PRIVATE", " KEY-----"].concat();
    let end = ["-----END", " RSA PRIVATE", " KEY-----"].concat();
    check(&format!("{begin}\n{body}\n{end}\n"), &["private-key"]);
    check(
        &format!(
            "{{\"type\": \"service_account\", \"client_email\": \"a@b\", \"private_key\": \"{begin}\\n{body}\\n{end}\\n\"}}"
        ),
        &["gcp-service-account-key"],
    );
    check(&format!("{begin}\n...\n{end}\n"), &[]);
    check(&format!("{begin}\n<your key>\n{end}\n"), &[]);
    check(
        "-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END CERTIFICATE-----",
        &[],
    );
    check(&format!("if '{begin}' in text:"), &[]);
}

#[test]
fn a_key_block_is_shown_by_its_label() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj".repeat(2);
    let text = [
        "-----BEGIN",
        " EC PRIVATE KEY-----\n",
        &body,
        "\n-----END EC PRIVATE KEY-----",
    ]
    .concat();
    assert_eq!(
        find(&text).items()[0].shown,
        ["-----BEGIN", " EC PRIVATE KEY-----…"].concat()
    );
}

#[test]
fn addresses_with_real_passwords_are_found() {
    check(
        "postgres://app:k7Qm2Xw9Rt@db.internal.acme.io:5432/x",
        &["address-with-password"],
    );
    check(
        "https://bob:s3cr3tT0k@git.acme.io/r.git",
        &["address-with-password"],
    );
    for quiet in [
        "postgres://user:password@host/db",
        "postgres://postgres:postgres@localhost/x",
        "https://user:${TOKEN}@github.com",
        "https://USER:PASSWORD@host.com",
        "redis://:@localhost",
        "https://example.com/a:b@c",
        "http://a:8080/x@y",
        "mongodb://<user>:<password>@cluster0.mongodb.net",
        "git@github.com:org/repo",
        "https://x-access-token:***@github.com",
    ] {
        check(quiet, &[]);
    }
}

#[test]
fn other_forms_are_found() {
    let jwt_payload = "eyJpc3MiOiJhY21lIiwic3ViIjoiYWRtaW4iLCJleHAiOjE5OTk5OTk5OTl9";
    check(
        &[
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
            jwt_payload,
            ".k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1T",
        ]
        .concat(),
        &["json-web-token"],
    );
    check(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        &[],
    );
    check("eyJhIjoxfQ.eyJhIjoxfQ.abcdefghijklmnopqrstuvwxyz", &[]);
    let key =
        "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9Fg1Mj6Ks3Lq8PzTu5VwRt9QmZk3B0nHs+w==";
    check(
        &format!(
            "DefaultEndpointsProtocol=https;AccountName=x;{}{key};EndpointSuffix=core.windows.net",
            "AccountKey="
        ),
        &["azure-connection-string"],
    );
    check(
        &[
            "https://x.blob.core.windows.net/c?sv=2022-11-02&se=2030-01-01&sr=c&sp=r&sig=",
            "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2C%3D",
        ]
        .concat(),
        &["azure-shared-access-signature"],
    );
    check(
        &[
            "https://hooks.slack.com/",
            "services/T0AB12CD3/B0EF45GH6/",
            "k7Qm2Xw9RtZ4vNc8LpYe3HdU",
        ]
        .concat(),
        &["webhook-address"],
    );
    check(
        &["712345", "6789:AAk7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk"].concat(),
        &["telegram-bot-token"],
    );
    check(
        &["WANDB_API_KEY=", "3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f9a1c7e"].concat(),
        &["wandb-key"],
    );
    check(
        "wandb version 3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f9a1c7e",
        &[],
    );
    check(
        &[
            "{\"username\":\"bob\",\"key\":",
            "\"3f9a1c7e5b2d8064f1e9a7c3b5d2806e\"}",
        ]
        .concat(),
        &["kaggle-key"],
    );
    check(
        &[
            "aws_secret_access_key = ",
            "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0W/+",
        ]
        .concat(),
        &["aws-secret-access-key"],
    );
    check(
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        &[],
    );
}

#[test]
fn assigned_secrets_are_hints() {
    check("api_key = \"k7Qm2Xw9RtZ4vNc8LpYe\"", &["assigned-secret"]);
    check("MY_API_KEY=k7Qm2Xw9RtZ4vNc8LpYe", &["assigned-secret"]);
    check(
        "{\"client_secret\": \"k7Qm2.Xw9RtZ4vNc8L\"}",
        &["assigned-secret"],
    );
    check("password: \"Tr0ub4dor&3x\"", &["password"]);
    for quiet in [
        "api_key = os.environ[\"OPENAI_API_KEY\"]",
        "api_key = \"your-api-key-goes-here\"",
        "password = getpass.getpass()",
        "secret = \"\"",
        "\"pad_token\": \"<pad>\"",
        "password: string",
        "api_key: Optional[str] = None",
        "access_token=settings.github_access_token",
        "secret_key_base: <%= ENV['X'] %>",
        "token = tokenizer.convert_ids",
        "password=\"password\"",
        "api_key=\"xxxxxxxxxxxxxxxxxxxx\"",
        "API_KEY: ${{ secrets.API_KEY_PRODUCTION }}",
        "secret: my-kubernetes-secret-name",
        "private_key: path/to/private_key.pem",
        "\"access_token\": \"string value\"",
        "passwordless login is on",
        "auth_token: AuthTokenForTheService",
    ] {
        check(quiet, &[]);
    }
}

#[test]
fn ordinary_material_is_quiet() {
    for quiet in [
        "\"sha256\": \"3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f9a1c7e5b2d8064f1e9a7c3b5d2806e\"",
        "commit 3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f9a1c7e",
        "id: 3f9a1c7e-5b2d-4064-a1e9-a7c3b5d2806e",
        "![img](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==)",
        "\"Ġask-\": 1, \"hf_\": 2, \"sk-\": 3, \"eyJ\": 4",
        "hf_hub_download(repo_id=\"org/name\", filename=\"x\")",
        "risk-adjusted task-oriented disk-based",
        "https://huggingface.co/org/name/resolve/main/model.safetensors",
        "from hf_transfer_helper_module_for_everything import x",
        "npm_config_registry",
        "sk-learn and sk-image",
        "model-00001-of-00002.safetensors",
        "AKIAIOSFODNN7EXAMPLE",
        "hf_abcdefghijklmnopqrstuvwxyzabcdefgh",
    ] {
        check(quiet, &[]);
    }
}

#[test]
fn many_hits_are_capped_and_counted() {
    let text: String = (1..400_u128)
        .map(|n| {
            let tail = n.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
            format!("{}{tail:032x}\n", ["da", "pi"].concat())
        })
        .collect();
    let hits = find(&text);
    assert!(hits.items().len() <= 256);
    assert!(hits.left_out() > 0);
}

proptest::proptest! {
    #[test]
    fn any_text_is_survived_and_judged_alike(text in "(sk-|ghp_|eyJ|://|-----BEGIN |password=|wandb key|é|\\PC|\n){0,60}") {
        proptest::prop_assert_eq!(find(&text), find(&text));
    }
}
