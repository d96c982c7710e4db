//! `chainwright egress inventory`: which assistants are configured, and what leaves the machine through them.

use serde_json::Value;

use crate::World;

/// Files as nine assistants write them.
fn assistants(world: &World) {
    for (path, text) in [
        (
            ".claude/settings.json",
            "{\"model\": \"opus\", \"env\": {\"DISABLE_TELEMETRY\": \"0\", \"ANTHROPIC_BASE_URL\": \"http://localhost:4000\"}}",
        ),
        (
            ".cursor/mcp.json",
            "{\"mcpServers\": {\"linear\": {\"url\": \"https://mcp.linear.app/sse\"}}}",
        ),
        (
            ".vscode/settings.json",
            "{\n  // comments are allowed\n  \"telemetry.telemetryLevel\": \"off\",\n}",
        ),
        (
            ".gemini/settings.json",
            "{\"model\": {\"name\": \"gemini-2.5-pro\"}, \"telemetry\": {\"enabled\": true, \"logPrompts\": true}}",
        ),
        (
            ".codex/config.toml",
            "model = \"gpt-5\"\nmodel_provider = \"own\"\n[model_providers.own]\nbase_url = \"https://llm.acme.internal/v1\"\nenv_key = \"OWN_KEY\"\n",
        ),
        (
            ".zed/settings.json",
            "{\"agent\": {\"default_model\": {\"provider\": \"anthropic\", \"model\": \"claude-sonnet-4-5\"}}, \"telemetry\": {\"metrics\": false}}",
        ),
        (
            ".continue/config.yaml",
            "models:\n  - name: local\n    provider: ollama\n    model: qwen2.5-coder\n    apiBase: http://localhost:11434\nallowAnonymousTelemetry: false\n",
        ),
        (
            "opencode.json",
            "{\"model\": \"anthropic/claude-sonnet-4-5\", \"mcp\": {\"docs\": {\"type\": \"remote\", \"url\": \"https://docs.acme.com/mcp\"}}}",
        ),
        (
            ".aider.conf.yml",
            "model: sonnet\nanalytics-disable: true\n",
        ),
    ] {
        world.write(&format!("project/{path}"), text);
    }
}

fn inventory(world: &World, arguments: &[&str]) -> Value {
    let output = world
        .command()
        .args(["egress", "inventory", "-f", "json"])
        .args(arguments)
        .output()
        .expect("the program runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn of<'a>(document: &'a Value, assistant: &str) -> &'a Value {
    let all = document["assistants"].as_array().expect("a list");
    let found = all.iter().find(|each| each["assistant"] == assistant);
    found.unwrap_or_else(|| panic!("no {assistant}: {document:#}"))
}

#[test]
fn assistants_models_hosts_and_reports_are_told() {
    let world = World::new();
    assistants(&world);
    let document = inventory(&world, &["project"]);
    assert_eq!(document["assistants"].as_array().expect("a list").len(), 9);
    // The vendor's variable counts as set whatever it is set to.
    assert_eq!(of(&document, "claude-code")["telemetry"]["state"], "off");
    assert_eq!(of(&document, "gemini-cli")["telemetry"]["state"], "on");
    assert_eq!(of(&document, "gemini-cli")["telemetry"]["prompts"], true);
    assert_eq!(of(&document, "cursor")["telemetry"]["known_by"], "default");
    for (assistant, host) in [
        ("claude-code", "localhost"),
        ("cursor", "mcp.linear.app"),
        ("codex", "llm.acme.internal"),
        ("continue", "localhost"),
        ("opencode", "docs.acme.com"),
    ] {
        let uses = of(&document, assistant)["uses"].as_array().expect("a list");
        assert!(
            uses.iter().any(|used| used["host"] == host),
            "{assistant}: {uses:#?}"
        );
    }
    for (assistant, model) in [
        ("gemini-cli", "gemini-2.5-pro"),
        ("zed", "claude-sonnet-4-5"),
        ("continue", "qwen2.5-coder"),
        ("aider", "sonnet"),
    ] {
        let uses = of(&document, assistant)["uses"].as_array().expect("a list");
        assert!(
            uses.iter().any(|used| used["model"] == model),
            "{assistant}: {uses:#?}"
        );
    }
}

#[test]
fn the_home_of_the_user_is_found_and_nothing_else_of_it_is_read() {
    let world = World::new();
    world.write(
        ".config/Claude/claude_desktop_config.json",
        "{\"mcpServers\": {\"notes\": {\"url\": \"https://mcp.acme.com/sse\"}}}",
    );
    world.write(
        ".claude/skills/x/SKILL.md",
        "---\nname: x\ndescription: y\n---\n",
    );
    world.write(
        "elsewhere/.mcp.json",
        "{\"mcpServers\": {\"no\": {\"url\": \"https://no.acme.com\"}}}",
    );
    let document = inventory(&world, &["--home", "."]);
    let written = document.to_string();
    assert!(written.contains("mcp.acme.com"), "{document:#}");
    assert!(!written.contains("no.acme.com"), "{document:#}");
}

#[test]
fn people_read_how_to_switch_reports_off() {
    let world = World::new();
    world.write(
        "project/.gemini/settings.json",
        "{\"telemetry\": {\"enabled\": true}}",
    );
    let output = world
        .command()
        .args(["egress", "inventory", "project"])
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    for line in [
        "Gemini CLI",
        "  configured in  project/.gemini/settings.json",
        "  telemetry      on: telemetry.enabled (project/.gemini/settings.json:1:1)",
        "  to switch off  set \"privacy\"",
        "1 assistant.",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
}
