//! What programs are for, as far as judging them needs to know.

use super::words::assignment;

/// What a command does with the data that flows through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Gets something from the network.
    Fetch,
    /// Undoes an encoding, a compression or a cipher.
    Decode,
    /// Prints its arguments or the environment.
    Print,
    /// Prints or packs files.
    Read,
    /// Runs code given as a file, an argument or on its input.
    Interpreter,
    /// Runs its arguments, or a file, in the current shell.
    Evaluate,
    /// Deletes.
    Remove,
    /// Writes to devices.
    Disk,
    /// Plain connections.
    Connect,
    /// Makes things run later.
    Schedule,
    /// Changes permissions.
    Mode,
    /// Controls protections.
    Protection,
    /// Installs packages.
    Install,
    /// Everything else.
    Plain,
}

/// The role of a program with these arguments.
pub(super) fn role(program: &str, arguments: &[String]) -> Role {
    let has = |options: &[&str]| {
        arguments
            .iter()
            .any(|word| options.contains(&word.as_str()))
    };
    let runs_installer = arguments.first().is_some_and(|word| word == "-m")
        && arguments.get(1).is_some_and(|word| word == "pip");
    if program.starts_with("python") && runs_installer {
        return Role::Install;
    }
    match program {
        "curl" | "wget" | "fetch" | "aria2c" | "axel" | "lwp-request" | "lwp-download" | "iwr"
        | "irm" | "invoke-webrequest" | "invoke-restmethod" | "http" | "https" | "lynx"
        | "certutil" | "bitsadmin" => Role::Fetch,
        "base64" | "base32" | "basenc" if has(&["-d", "-D", "--decode", "-di", "-id"]) => {
            Role::Decode
        }
        "xxd"
            if arguments
                .iter()
                .any(|word| word.starts_with('-') && word.contains('r')) =>
        {
            Role::Decode
        }
        "openssl" if has(&["s_client"]) => Role::Connect,
        "openssl" if has(&["-d", "-decrypt"]) => Role::Decode,
        "gunzip" | "zcat" | "bzcat" | "xzcat" | "zstdcat" | "rev" | "tr" | "uudecode" | "tac" => {
            Role::Decode
        }
        "gzip" | "bzip2" | "xz" | "zstd"
            if arguments
                .iter()
                .any(|word| word.starts_with('-') && word.contains('d')) =>
        {
            Role::Decode
        }
        "gpg" if has(&["-d", "--decrypt"]) => Role::Decode,
        "env" | "printenv" | "export" if arguments.is_empty() => Role::Print,
        "printenv" | "printf" | "echo" => Role::Print,
        "cat" | "head" | "tail" | "less" | "more" | "tar" | "zip" | "cp" | "grep" | "strings"
        | "od" | "gzip" | "base64" | "xxd" | "dd" | "find"
            if !deletes(program, arguments) && !writes_device(program, arguments) =>
        {
            Role::Read
        }
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "fish" | "python" | "python2"
        | "python3" | "pypy3" | "perl" | "ruby" | "node" | "nodejs" | "php" | "pwsh"
        | "powershell" | "lua" | "osascript" | "cmd" => Role::Interpreter,
        _ if program.starts_with("python3.") => Role::Interpreter,
        "eval" | "source" | "." | "iex" | "invoke-expression" => Role::Evaluate,
        "rm" | "shred" | "wipe" | "srm" | "find" => Role::Remove,
        "dd" | "mkfs" | "wipefs" | "blkdiscard" => Role::Disk,
        _ if program.starts_with("mkfs.") => Role::Disk,
        "nc" | "ncat" | "netcat" | "nc.traditional" | "nc.openbsd" | "socat" | "telnet" => {
            Role::Connect
        }
        "crontab" | "at" | "batch" | "launchctl" | "schtasks" | "reg" => Role::Schedule,
        "chmod" => Role::Mode,
        "setenforce" | "ufw" | "iptables" | "history" | "unset" | "set-mppreference"
        | "systemctl" | "service" => Role::Protection,
        "pip" | "pip3" | "uv" | "npm" | "pnpm" | "yarn" | "apt" | "apt-get" | "yum" | "dnf"
        | "apk" | "brew" | "conda" | "mamba" | "gem" | "cargo" | "go" => Role::Install,
        _ => Role::Plain,
    }
}

fn deletes(program: &str, arguments: &[String]) -> bool {
    program == "find"
        && arguments
            .iter()
            .any(|word| matches!(word.as_str(), "-delete" | "rm" | "shred"))
}

fn writes_device(program: &str, arguments: &[String]) -> bool {
    program == "dd" && arguments.iter().any(|word| word.starts_with("of=/dev/"))
}

/// Whether a program reads shell text.
pub(super) fn is_shell(program: &str) -> bool {
    matches!(
        program,
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "fish"
    )
}

/// Whether a program can carry data to another machine.
pub(super) fn is_sender(program: &str) -> bool {
    matches!(
        program,
        "curl"
            | "wget"
            | "nc"
            | "ncat"
            | "netcat"
            | "scp"
            | "rsync"
            | "sftp"
            | "ftp"
            | "mail"
            | "sendmail"
            | "mailx"
            | "dig"
            | "nslookup"
            | "host"
            | "ping"
            | "http"
            | "https"
            | "iwr"
            | "irm"
            | "invoke-webrequest"
            | "invoke-restmethod"
            | "socat"
            | "telnet"
    )
}

/// The code in the arguments of an interpreter: `-c`, `-e`, `-r`, `/c`, `-Command`.
pub(super) fn script_argument(program: &str, arguments: &[String]) -> Option<String> {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let lower = word.to_ascii_lowercase();
        if matches!(program, "perl" | "ruby")
            && let Some(code) = word.strip_prefix("-e").filter(|code| !code.is_empty())
        {
            return Some([arguments.join(" ").as_str(), code].join("\n"));
        }
        let takes_code = match program {
            "perl" | "ruby" | "node" | "nodejs" | "osascript" | "lua" => {
                matches!(lower.as_str(), "-e" | "-ne" | "-pe" | "--eval" | "-le")
            }
            "php" => lower == "-r",
            "cmd" => lower == "/c" || lower == "/k",
            "pwsh" | "powershell" => matches!(lower.as_str(), "-command" | "-c" | "/c"),
            _ => word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'),
        };
        if takes_code {
            let rest: Vec<&str> = match program {
                "cmd" | "pwsh" | "powershell" => words.map(String::as_str).collect(),
                _ => words
                    .find(|word| !word.starts_with("-e"))
                    .map(String::as_str)
                    .into_iter()
                    .collect(),
            };
            return Some(rest.join(" "));
        }
        if !word.starts_with('-') && !word.starts_with('/') {
            return None;
        }
    }
    None
}

/// The argument of `powershell -EncodedCommand`, under any of its abbreviations.
pub(super) fn names_of_encoded_powershell<'w>(
    program: &str,
    arguments: &'w [String],
) -> Option<&'w str> {
    if !matches!(program, "powershell" | "pwsh") {
        return None;
    }
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let lower = word.to_ascii_lowercase();
        let is_short = matches!(lower.as_str(), "-e" | "-ec" | "-enc" | "/e" | "/enc");
        if is_short || lower.len() >= 4 && "-encodedcommand".starts_with(&lower) {
            return Some(words.next().map_or(word.as_str(), String::as_str));
        }
    }
    None
}

/// The command without assignments, keywords, `sudo`, `env`, `nohup` and other programs that run the rest.
pub(super) fn without_wrappers(words: &[String]) -> &[String] {
    let mut rest = words;
    while let Some((first, behind)) = rest.split_first() {
        let name = first.rsplit('/').next().unwrap_or(first);
        let name = name.trim_start_matches(['@', '-', '[']);
        let is_wrapper = assignment(first).is_some()
            || matches!(
                name,
                "sudo"
                    | "doas"
                    | "nohup"
                    | "exec"
                    | "command"
                    | "builtin"
                    | "time"
                    | "nice"
                    | "ionice"
                    | "setsid"
                    | "stdbuf"
                    | "timeout"
                    | "xargs"
                    | "busybox"
                    | "then"
                    | "do"
                    | "else"
                    | "elif"
                    | "if"
                    | "while"
                    | "until"
                    | "!"
                    | "{"
                    | "}"
                    | "fi"
                    | "done"
                    | "RUN"
                    | "CMD"
                    | "ENTRYPOINT"
                    | "chroot"
                    | "unshare"
                    | "watch"
                    | "disown"
                    | "caffeinate"
            )
            || (name == "env" && !behind.is_empty());
        if !is_wrapper {
            break;
        }
        let takes_number = matches!(name, "timeout" | "nice" | "watch");
        rest = behind;
        while let Some((next, behind)) = rest.split_first() {
            let is_number = takes_number
                && next
                    .bytes()
                    .next()
                    .is_some_and(|byte| byte.is_ascii_digit());
            if behind.is_empty() || !(next.starts_with('-') || is_number) {
                break;
            }
            rest = behind;
        }
    }
    rest
}
