//! Families of credentials as people call them, made from their kebab-case names.

/// The family as the subject of a sentence: `a GitHub token`.
pub(crate) fn credential_name(family: &str) -> String {
    match family {
        "assigned-secret" => return "what looks like a secret".to_owned(),
        "address-with-password" => return "an address with a password".to_owned(),
        "llm-provider-key" => return "a key of an LLM provider".to_owned(),
        _ => {}
    }
    let words: Vec<&str> = family.split('-').map(brand).collect();
    let words = words.join(" ");
    format!("{} {words}", article(&words))
}

/// The article by the sound of the first word: letters that are spelled out count by their names.
fn article(words: &str) -> &'static str {
    let vowels = ["a", "A", "e", "i", "o", "O", "LL", "NP", "NV", "np", "xAI"];
    if vowels.iter().any(|start| words.starts_with(start)) {
        "an"
    } else {
        "a"
    }
}

fn brand(word: &str) -> &str {
    match word {
        "aws" => "AWS",
        "gcp" => "Google Cloud",
        "google" => "Google",
        "api" => "API",
        "oauth" => "OAuth",
        "id" => "ID",
        "github" => "GitHub",
        "gitlab" => "GitLab",
        "huggingface" => "Hugging Face",
        "openai" => "OpenAI",
        "anthropic" => "Anthropic",
        "openrouter" => "OpenRouter",
        "langfuse" => "Langfuse",
        "replicate" => "Replicate",
        "groq" => "Groq",
        "perplexity" => "Perplexity",
        "xai" => "xAI",
        "nvidia" => "NVIDIA",
        "pinecone" => "Pinecone",
        "langsmith" => "LangSmith",
        "tavily" => "Tavily",
        "wandb" => "Weights & Biases",
        "slack" => "Slack",
        "stripe" => "Stripe",
        "sendgrid" => "SendGrid",
        "mailgun" => "Mailgun",
        "pypi" => "PyPI",
        "databricks" => "Databricks",
        "digitalocean" => "DigitalOcean",
        "vault" => "Vault",
        "doppler" => "Doppler",
        "linear" => "Linear",
        "notion" => "Notion",
        "figma" => "Figma",
        "postman" => "Postman",
        "shopify" => "Shopify",
        "grafana" => "Grafana",
        "relic" => "Relic",
        "new" => "New",
        "sentry" => "Sentry",
        "supabase" => "Supabase",
        "planetscale" => "PlanetScale",
        "alibaba" => "Alibaba Cloud",
        "docker" => "Docker",
        "terraform" => "Terraform",
        "kaggle" => "Kaggle",
        "square" => "Square",
        "json" => "JSON",
        "azure" => "Azure",
        "telegram" => "Telegram",
        "twilio" => "Twilio",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::credential_name;

    #[test]
    fn families_are_called_as_people_call_them() {
        let cases = [
            ("github-token", "a GitHub token"),
            ("aws-access-key-id", "an AWS access key ID"),
            ("openai-key", "an OpenAI key"),
            ("npm-token", "an npm token"),
            ("xai-key", "an xAI key"),
            ("new-relic-key", "a New Relic key"),
            (
                "gcp-service-account-key",
                "a Google Cloud service account key",
            ),
            ("private-key", "a private key"),
            ("json-web-token", "a JSON web token"),
            ("assigned-secret", "what looks like a secret"),
        ];
        for (family, name) in cases {
            assert_eq!(credential_name(family), name);
        }
    }
}
