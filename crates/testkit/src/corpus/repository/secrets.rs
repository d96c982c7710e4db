//! Synthetic credentials, and what looks like them.

use super::table;
use crate::corpus::{Case, Label};

/// Random characters of several kinds; parts of them make up every synthetic credential.
const MIXED: &str =
    "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs1Tk5Bv0WiOxr2Cy7Dn4Eh9Fg1Mj6Ks3Lq8PzTu5VwRy9Nb2Ht6Jd4Xe7Gm";
const HEX: &str = "3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f9a1c7e5b2d8064f1e9a7c3b5d2806e";
const UPPER: &str = "QZ3RT7KLMV2XW5PBD8YHJ4NCF6G";
const BODY: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = tokens();
    cases.extend(keys());
    cases.extend(others());
    cases.extend(table("secrets", Label::Benign, HONEST));
    cases
}

fn secret(name: &str, file: &str, text: String) -> Case {
    Case::single("secrets", name, Label::Malicious, file, text)
}

fn cut(alphabet: &str, length: usize) -> String {
    alphabet.chars().cycle().take(length).collect()
}

/// Name, file, text before, prefix, alphabet, length, text behind.
type Token = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    usize,
    &'static str,
);

const TOKENS: &[Token] = &[
    (
        "aws-access-key-id",
        "config.yaml",
        "aws_access_key_id: ",
        &["AK", "IA"],
        UPPER,
        16,
        "\n",
    ),
    (
        "google-api-key",
        "app.py",
        "genai.configure(api_key=\"",
        &["AI", "za"],
        MIXED,
        35,
        "\")\n",
    ),
    (
        "github-token",
        "README.md",
        "git clone https://",
        &["gh", "p_"],
        MIXED,
        36,
        "@github.com/org/r\n",
    ),
    (
        "github-fine-grained-token",
        "ci.yml",
        "token: ",
        &["github", "_pat_"],
        MIXED,
        82,
        "\n",
    ),
    (
        "gitlab-token",
        "setup.sh",
        "export TOKEN=",
        &["gl", "pat-"],
        MIXED,
        20,
        "\n",
    ),
    (
        "huggingface-token",
        "train.py",
        "login(token='",
        &["h", "f_"],
        MIXED,
        34,
        "')\n",
    ),
    (
        "huggingface-token-in-notebook",
        "train.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"login('",
        &["h", "f_"],
        MIXED,
        34,
        "')\"]}], \"nbformat\": 4}",
    ),
    (
        "openai-project-key",
        ".env",
        "OPENAI_API_KEY=",
        &["sk", "-proj-"],
        MIXED,
        80,
        "\n",
    ),
    (
        "openai-key",
        "config.json",
        "{\"openai_key\": \"",
        &["s", "k-"],
        MIXED,
        48,
        "\"}",
    ),
    (
        "anthropic-key",
        ".env",
        "ANTHROPIC_API_KEY=",
        &["sk-", "ant-api03-"],
        MIXED,
        90,
        "\n",
    ),
    (
        "openrouter-key",
        ".env",
        "KEY=",
        &["sk-or", "-v1-"],
        HEX,
        64,
        "\n",
    ),
    (
        "replicate-token",
        "predict.py",
        "token = \"",
        &["r", "8_"],
        MIXED,
        37,
        "\"\n",
    ),
    (
        "groq-key",
        ".env",
        "GROQ_API_KEY=",
        &["gs", "k_"],
        MIXED,
        52,
        "\n",
    ),
    (
        "nvidia-key",
        ".env",
        "NGC=",
        &["nv", "api-"],
        MIXED,
        64,
        "\n",
    ),
    (
        "slack-bot-token",
        "notify.py",
        "client = WebClient(token='",
        &["xo", "xb-2048163957-5719362840-"],
        MIXED,
        24,
        "')\n",
    ),
    (
        "stripe-live-key",
        "pay.py",
        "stripe.api_key = \"",
        &["sk", "_live_"],
        MIXED,
        24,
        "\"\n",
    ),
    (
        "npm-token",
        ".npmrc",
        "token=",
        &["np", "m_"],
        MIXED,
        36,
        "\n",
    ),
    (
        "pypi-token",
        ".pypirc",
        "password = ",
        &["pypi-", "AgEIcHlwaS5vcmcC"],
        MIXED,
        80,
        "\n",
    ),
    (
        "databricks-token",
        "job.json",
        "{\"token\": \"",
        &["da", "pi"],
        HEX,
        32,
        "\"}",
    ),
    (
        "digitalocean-token",
        "main.tf",
        "token = \"",
        &["dop", "_v1_"],
        HEX,
        64,
        "\"\n",
    ),
    (
        "wandb-key",
        "run.sh",
        "export WANDB_API",
        &["_KEY", "="],
        HEX,
        40,
        "\n",
    ),
    (
        "telegram-bot-token",
        "bot.py",
        "TOKEN = '",
        &["71234", "56789:AA"],
        MIXED,
        33,
        "'\n",
    ),
    (
        "vault-token",
        "run.sh",
        "VAULT_TOKEN=",
        &["hv", "s."],
        MIXED,
        40,
        "\n",
    ),
    (
        "langsmith-key",
        ".env",
        "LANGSMITH_API_KEY=",
        &["lsv2", "_pt_3f9a1c7e5b2d8064f1e9a7c3b5d2806e_"],
        HEX,
        10,
        "\n",
    ),
];

fn tokens() -> Vec<Case> {
    TOKENS
        .iter()
        .map(|(name, file, before, prefix, alphabet, length, behind)| {
            let token = format!("{}{}", prefix.concat(), cut(alphabet, *length));
            secret(name, file, format!("{before}{token}{behind}"))
        })
        .collect()
}

fn keys() -> Vec<Case> {
    let block = |kind: &str, line: &str| {
        let begin = ["-----BEGIN ", kind, "PRIVATE", " KEY-----"].concat();
        let end = ["-----END ", kind, "PRIVATE", " KEY-----"].concat();
        format!("{begin}{line}{BODY}{line}{BODY}{line}{BODY}{line}{end}{line}")
    };
    vec![
        secret("private-key-rsa", "server.pem", block("RSA ", "\n")),
        secret("private-key-openssh", "deploy_key", block("OPENSSH ", "\n")),
        secret(
            "private-key-in-code",
            "client.py",
            format!("KEY = \"\"\"{}\"\"\"\n", block("EC ", "\n")),
        ),
        secret(
            "gcp-service-account",
            "credentials.json",
            format!(
                "{{\"type\": \"service_account\", \"client_email\": \"x@p.iam.gserviceaccount.com\", \"private_key\": \"{}\"}}",
                block("", "\\n")
            ),
        ),
    ]
}

fn others() -> Vec<Case> {
    let mixed = |length| cut(MIXED, length);
    let azure = format!("{}+w==", mixed(84));
    vec![
        secret(
            "aws-secret-key",
            "credentials",
            format!("[default]\naws_secret_access_key = {}/+\n", mixed(38)),
        ),
        secret(
            "azure-connection-string",
            "settings.json",
            format!(
                "{{\"storage\": \"DefaultEndpointsProtocol=https;AccountName=models;Account{}{azure};EndpointSuffix=core.windows.net\"}}",
                "Key="
            ),
        ),
        secret(
            "azure-shared-access-signature",
            "download.sh",
            format!(
                "wget 'https://models.blob.core.windows.net/c/m.bin?sv=2023-01-03&se=2031-01-01&sr=c&sp=rl&sig={}%3D'\n",
                mixed(43)
            ),
        ),
        secret(
            "slack-webhook",
            "notify.sh",
            format!(
                "curl -X POST https://hooks.slack.com/{}/T0AB12CD3/B0EF45GH6/{}\n",
                "services",
                mixed(24)
            ),
        ),
        secret(
            "discord-webhook",
            "notify.py",
            format!(
                "URL = 'https://discord.com/api/{}/104857610485761048/{}'\n",
                "webhooks",
                mixed(68)
            ),
        ),
        secret(
            "sendgrid-key",
            "mail.py",
            format!(
                "key = '{}.{}.{}'\n",
                ["S", "G"].concat(),
                mixed(22),
                MIXED.chars().skip(30).take(43).collect::<String>()
            ),
        ),
        secret(
            "json-web-token",
            "client.py",
            format!(
                "headers = {{'Authorization': 'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhY21lIiwic3ViIjoiYWRtaW4iLCJleHAiOjE5OTk5OTk5OTl9.{}'}}\n",
                mixed(43)
            ),
        ),
        secret(
            "database-address",
            "config.yaml",
            format!(
                "db: postgres://trainer:{}@db.prod.acme.io:5432/runs\n",
                mixed(14)
            ),
        ),
        secret(
            "kaggle-key",
            "kaggle.json",
            format!("{{\"username\":\"trainer\",\"key\":\"{}\"}}", cut(HEX, 32)),
        ),
        secret(
            "basic-authorization",
            "fetch.sh",
            format!(
                "curl -H 'Authorization: {} dHJhaW5lcjprN1FtMlh3OVJ0WjQ=' https://api.acme.io\n",
                "Basic"
            ),
        ),
    ]
}

const HONEST: &[(&str, &str, &str)] = &[
    (
        "placeholders",
        "README.md",
        "export HF_TOKEN=hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nexport OPENAI_API_KEY=sk-your-key-here\nAPI_KEY=<your-api-key>\nTOKEN=${TOKEN}\n",
    ),
    (
        "documented-example-keys",
        "README.md",
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    ),
    (
        "environment-lookups",
        "train.py",
        "token = os.environ['HF_TOKEN']\napi_key = os.getenv(\"OPENAI_API_KEY\")\npassword = getpass.getpass()\n",
    ),
    (
        "digests",
        "manifest.json",
        "{\"sha256\": \"3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f9a1c7e5b2d8064f1e9a7c3b5d2806e\", \"commit\": \"3f9a1c7e5b2d8064f1e9a7c3b5d2806e4f9a1c7e\", \"id\": \"3f9a1c7e-5b2d-4064-a1e9-a7c3b5d2806e\"}",
    ),
    (
        "special-tokens",
        "special_tokens_map.json",
        "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"pad_token\": \"<pad>\", \"unk_token\": \"<unk>\"}",
    ),
    (
        "vocabulary",
        "vocab.json",
        "{\"hf_\": 1, \"sk-\": 2, \"ghp_\": 3, \"AKIA\": 4, \"eyJ\": 5, \"password\": 6, \"secret\": 7, \"://\": 8, \"Bearer \": 9}",
    ),
    (
        "embedded-image",
        "README.md",
        "![x](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==)\n",
    ),
    (
        "local-database",
        "docker-compose.yml",
        "environment:\n  DATABASE_URL: postgres://postgres:postgres@localhost:5432/app\n  REDIS_URL: redis://:@redis:6379\n",
    ),
    (
        "secret-reference",
        "deploy.yaml",
        "env:\n- name: HF_TOKEN\n  valueFrom:\n    secretKeyRef:\n      name: hf-token-secret\n      key: token\n",
    ),
    (
        "workflow-secret",
        "ci.yml",
        "env:\n  HF_TOKEN: ${{ secrets.HF_TOKEN }}\n  API_KEY: ${{ secrets.API_KEY_PRODUCTION }}\n",
    ),
    (
        "example-web-token",
        "README.md",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c\n",
    ),
    (
        "certificate",
        "ca.pem",
        "-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END CERTIFICATE-----\n",
    ),
    (
        "key-header-in-code",
        "check.py",
        "if text.startswith('-----BEGIN PRIVATE KEY-----'):\n    raise ValueError\n",
    ),
    (
        "function-names",
        "util.py",
        "from huggingface_hub import hf_hub_download\nrisk_adjusted = task_oriented_disk_sketch_function_name_long_enough()\n",
    ),
    (
        "serving-without-key",
        "serve.py",
        "client = OpenAI(base_url='http://localhost:8000/v1', api_key='EMPTY')\n",
    ),
];
