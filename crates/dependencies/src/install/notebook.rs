//! Jupyter notebooks: `%pip`, `!pip`, `%conda`, `%%bash` and their kin in code cells (IPython, "Built-in magic
//! commands"). Python that starts installers itself is judged elsewhere.

use chainwright_core::location::Place;

use crate::document::{Node, parse_json};
use crate::sink::Sink;

use super::shell::Env;
use super::{Installer, Where};

/// Reads the notebook.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_json(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let format = root.scalar_of("nbformat").unwrap_or_default();
    sink.facts.format = format.to_owned();
    let mut env = Env::default();
    // Up to format 3 the cells stand in worksheets.
    let old = root.list_of("worksheets").iter().enumerate();
    let old = old.map(|(at, sheet)| (format!("/worksheets/{at}"), sheet));
    for (base, node) in std::iter::once((String::new(), &root)).chain(old) {
        for (at, cell) in node.list_of("cells").iter().enumerate() {
            let is_code = cell.text_of("cell_type") == Some("code");
            let key = if cell.get("source").is_some() {
                "source"
            } else {
                "input"
            };
            if is_code && let Some(source) = cell.get(key) {
                read_cell(source, &format!("{base}/cells/{at}/{key}"), &mut env, sink);
            }
            if sink.is_full() {
                return;
            }
        }
    }
}

fn read_cell(source: &Node<'_>, pointer: &str, env: &mut Env, sink: &mut Sink<'_>) {
    let is_list = source.text().is_none();
    let lines: Vec<(String, &str)> = match source.text() {
        Some(text) => text
            .lines()
            .map(|line| (pointer.to_owned(), line))
            .collect(),
        None => source
            .items()
            .iter()
            .enumerate()
            .filter_map(|(at, item)| Some((format!("{pointer}/{at}"), item.text()?)))
            .collect(),
    };
    let first = lines.first().map_or("", |(_, line)| line.trim());
    if let Some(rest) = first.strip_prefix("%%") {
        let mut words = rest.split_whitespace();
        let name = words.next().unwrap_or_default();
        let is_shell = matches!(name, "bash" | "sh" | "system" | "sx" | "!")
            || (name == "script" && words.any(|word| word.ends_with("sh")));
        if is_shell {
            let script: Vec<&str> = lines
                .iter()
                .skip(1)
                .map(|(_, line)| line.trim_end_matches('\n'))
                .collect();
            let place = if is_list {
                format!("{pointer}/1")
            } else {
                pointer.to_owned()
            };
            let mut installer = Installer::new(sink, Where::Fixed(Place::Pointer(place)));
            installer.run(&script.join("\n"), 1, false, env);
            return;
        }
    }
    let mut lines = lines.into_iter();
    while let Some((place, content)) = lines.next() {
        let Some(command) = magic(content.trim()) else {
            continue;
        };
        let mut text = command;
        while text.trim_end().ends_with('\\') {
            let Some((_, next)) = lines.next() else { break };
            let front = text.trim_end().trim_end_matches('\\').to_owned();
            text = format!("{front} {}", next.trim());
        }
        let mark = env.mark();
        let mut installer = Installer::new(sink, Where::Fixed(Place::Pointer(place)));
        installer.run(&text, 1, false, env);
        // Each line has a shell of its own.
        env.reset(mark);
    }
}

/// The shell command behind `!`, `!!`, `%pip`, `%sx` or `name = !`; values of Python stay unknown.
fn magic(line: &str) -> Option<String> {
    const COMMANDS: [&str; 7] = ["pip", "conda", "mamba", "micromamba", "uv", "npm", "poetry"];
    let command = if let Some(rest) = line.strip_prefix("!!").or_else(|| line.strip_prefix('!')) {
        rest.to_owned()
    } else if let Some(rest) = line.strip_prefix('%').filter(|rest| !rest.starts_with('%')) {
        let (name, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        match name {
            "sx" | "system" => arguments.to_owned(),
            _ if COMMANDS.contains(&name) => rest.to_owned(),
            // `%time !pip install x`.
            "time" | "timeit" => {
                return magic(arguments.trim()).filter(|_| arguments.len() < line.len());
            }
            _ => return None,
        }
    } else {
        let (name, rest) = line.split_once("= !").or_else(|| line.split_once("=!"))?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | ',' | '.');
        name.chars().all(is_name).then(|| rest.to_owned())?
    };
    Some(placeholders(&command))
}

/// `{name}` of Python as a variable of the shell; `{sys.executable}` stays, because it is known to be Python.
fn placeholders(command: &str) -> String {
    let mut shown = String::with_capacity(command.len());
    let mut rest = command;
    while let Some((front, tail)) = rest.split_once('{') {
        shown.push_str(front);
        let inner = tail.split('}').next().unwrap_or_default();
        let is_name = !inner.is_empty()
            && inner
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_');
        match is_name && !front.ends_with('$') && tail.len() > inner.len() {
            true => {
                shown.push_str("${");
            }
            false => shown.push('{'),
        }
        rest = tail;
    }
    shown.push_str(rest);
    shown
}
