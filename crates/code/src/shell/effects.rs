//! What commands do to the machine: deletion, schedules, permissions, protections, start-up files.

use chainwright_core::severity::Confidence;

use super::judge::{Flow, Judge, is_reverse_redirect, same_file};
use super::words::Command;
use crate::facts::BehaviourKind as Kind;
use crate::signs::{
    Endpoint, SecretPath, addresses, endpoint, is_root_or_home, is_scratch_path, is_startup_path,
    secret_path, worst_endpoint,
};

impl Judge {
    pub(super) fn remove(&mut self, program: &str, arguments: &[String], line: u32, shown: &str) {
        let flags: String = arguments
            .iter()
            .filter(|word| word.starts_with('-'))
            .cloned()
            .collect();
        let recursive = flags.contains(['r', 'R']) || program == "shred" || program == "find";
        let forced = arguments.iter().any(|word| word == "--no-preserve-root");
        if program == "find" {
            let deletes = arguments
                .iter()
                .any(|word| word == "-delete" || word == "rm" || word == "shred");
            let from_root = arguments.first().is_some_and(|word| is_root_or_home(word));
            let is_narrow = arguments
                .iter()
                .any(|word| matches!(word.as_str(), "-name" | "-path" | "-iname" | "-type"));
            if deletes && from_root && !is_narrow {
                self.report(Kind::Destruction, Confidence::High, line, shown);
            }
        } else if forced || (recursive && arguments.iter().any(|word| is_root_or_home(word))) {
            self.report(Kind::Destruction, Confidence::High, line, shown);
        }
        if program == "shred" {
            self.disk(program, arguments, line, shown);
        }
        if arguments
            .iter()
            .any(|word| word.contains(".bash_history") || word.contains("/var/log"))
            && !recursive
        {
            self.report(Kind::AntiAnalysis, Confidence::Low, line, shown);
        }
    }

    pub(super) fn disk(&mut self, program: &str, arguments: &[String], line: u32, shown: &str) {
        let touches_device = arguments.iter().any(|word| {
            let target = word.strip_prefix("of=").unwrap_or(word);
            ["/dev/sd", "/dev/nvme", "/dev/hd", "/dev/vd", "/dev/mmcblk"]
                .iter()
                .any(|device| target.starts_with(device))
        });
        if touches_device
            && (program != "dd" || arguments.iter().any(|word| word.starts_with("of=/dev")))
        {
            self.report(Kind::Destruction, Confidence::High, line, shown);
        }
    }

    pub(super) fn schedule(
        &mut self,
        program: &str,
        arguments: &[String],
        before: Flow,
        line: u32,
        shown: &str,
    ) {
        let writes = match program {
            "crontab" => {
                !arguments
                    .iter()
                    .any(|word| matches!(word.as_str(), "-l" | "-r"))
                    && (!arguments.is_empty() || before.fetched.is_some() || shown.contains('|'))
            }
            "at" | "batch" => shown.contains('|'),
            "launchctl" => arguments
                .first()
                .is_some_and(|word| word == "load" || word == "bootstrap"),
            "schtasks" => arguments
                .iter()
                .any(|word| word.eq_ignore_ascii_case("/create")),
            "reg" => arguments
                .iter()
                .any(|word| word.to_ascii_lowercase().contains("currentversion\\run")),
            _ => false,
        };
        if writes {
            self.report(Kind::Persistence, Confidence::Medium, line, shown);
        }
    }

    pub(super) fn mode(&mut self, arguments: &[String], line: u32, shown: &str) {
        let sets_user = arguments.iter().any(|word| {
            word.contains("+s")
                || (word.len() == 4
                    && word.starts_with(['4', '6'])
                    && word.bytes().all(|byte| byte.is_ascii_digit()))
        });
        let touches_shell = arguments.iter().any(|word| {
            ["/bash", "/sh", "/python"]
                .iter()
                .any(|end| word.ends_with(end))
                || is_scratch_path(word)
        });
        if sets_user && touches_shell {
            self.report(Kind::Persistence, Confidence::High, line, shown);
        }
        let makes_executable = arguments.iter().any(|word| {
            word.contains('x') && word.contains('+')
                || matches!(word.as_str(), "755" | "777" | "0755" | "0777" | "700")
        });
        if makes_executable {
            let files: Vec<String> = arguments.iter().skip(1).cloned().collect();
            let hidden = files
                .iter()
                .any(|file| is_scratch_path(file) || same_file(file).starts_with('.'));
            if hidden {
                self.run_of_downloaded(&files, line, shown);
            }
        }
    }

    pub(super) fn protection(
        &mut self,
        program: &str,
        arguments: &[String],
        line: u32,
        shown: &str,
    ) {
        let joined = arguments.join(" ").to_ascii_lowercase();
        let switches_off = match program {
            "setenforce" => joined == "0",
            "ufw" => joined.contains("disable"),
            "iptables" => joined == "-f" || joined.contains("--flush"),
            "history" => joined.contains("-c"),
            "unset" => joined.contains("histfile"),
            "set-mppreference" => joined.contains("disable"),
            "systemctl" | "service" => {
                [
                    "auditd",
                    "falcon",
                    "crowdstrike",
                    "apparmor",
                    "wazuh",
                    "osquery",
                    "clamav",
                    "firewalld",
                ]
                .iter()
                .any(|name| joined.contains(name))
                    && (joined.contains("stop") || joined.contains("disable"))
            }
            _ => false,
        };
        if switches_off {
            self.report(Kind::Tampering, Confidence::Medium, line, shown);
        }
    }

    pub(super) fn install(&mut self, arguments: &[String], line: u32, shown: &str) {
        let worst = arguments
            .iter()
            .filter_map(|word| worst_endpoint(word))
            .find(|kind| matches!(kind, Endpoint::Suspicious | Endpoint::BareAddress));
        let installs = arguments
            .iter()
            .any(|word| matches!(word.as_str(), "install" | "add" | "i"));
        if worst.is_some() && installs {
            self.report(Kind::DownloadAndRun, Confidence::Medium, line, shown);
        } else if installs {
            let from_address = arguments.iter().any(|word| {
                addresses(word).any(|address| matches!(endpoint(address), Endpoint::Other))
            });
            let confidence = if from_address {
                Confidence::Medium
            } else {
                Confidence::Low
            };
            self.report(Kind::PackageInstall, confidence, line, shown);
        }
    }

    /// `… | tee -a ~/.bashrc`, `cp x /etc/cron.d/`.
    pub(super) fn copies(&mut self, arguments: &[String], flow: Flow, line: u32, shown: &str) {
        if let Some(target) = arguments.iter().rfind(|word| is_startup_path(word)) {
            let is_target = arguments.last() == Some(target) || shown.contains("tee");
            if is_target {
                self.starts_by_itself(target, flow, shown, line);
            }
        }
    }

    /// `sed -i` over a file that runs by itself.
    pub(super) fn edits(&mut self, arguments: &[String], line: u32, shown: &str) {
        if arguments
            .last()
            .is_some_and(|target| is_startup_path(target) && target.contains("-packages"))
        {
            self.report(Kind::Persistence, Confidence::Medium, line, shown);
        }
    }

    pub(super) fn redirects(&mut self, command: &Command, flow: Flow, line: u32, shown: &str) {
        for (operator, target) in &command.redirects {
            if operator.contains('<') && !operator.contains('>') {
                if secret_path(target) == Some(SecretPath::Private) {
                    self.report(Kind::CredentialAccess, Confidence::Medium, line, shown);
                }
                continue;
            }
            if target.starts_with("/dev/tcp/") || target.starts_with("/dev/udp/") {
                self.device_connection(command, target, flow, line, shown);
            } else if is_startup_path(target) {
                let text = command.input.as_deref().unwrap_or(shown);
                self.starts_by_itself(target, flow, text, line);
            } else if target.starts_with("/dev/sd") || target.starts_with("/dev/nvme") {
                self.report(Kind::Destruction, Confidence::High, line, shown);
            } else if let Some(confidence) = flow.fetched {
                self.note_download(target.clone(), confidence);
            } else if flow.is_decoded {
                self.decoded.insert(same_file(target).to_owned());
            }
        }
    }

    /// `exec 5<>/dev/tcp/host/port`, `cat x > /dev/tcp/host/port`.
    pub(super) fn device_connection(
        &mut self,
        command: &Command,
        target: &str,
        flow: Flow,
        line: u32,
        shown: &str,
    ) {
        let host = target.split('/').nth(3).unwrap_or_default();
        if matches!(endpoint(host), Endpoint::Local)
            || host.starts_with('$') && flow.fetched.is_none() && !is_reverse_redirect(command)
        {
            return;
        }
        if flow.has_secret {
            self.report(Kind::Exfiltration, Confidence::High, line, shown);
        } else if command.words.first().is_some_and(|word| word == "exec") {
            self.report(Kind::ReverseShell, Confidence::Medium, line, shown);
        }
    }

    /// Something is written to a file that runs by itself. Honest set-up scripts add paths and aliases.
    pub(super) fn starts_by_itself(&mut self, target: &str, flow: Flow, text: &str, line: u32) {
        let is_profile = [
            "bashrc",
            "profile",
            "zshrc",
            "zshenv",
            "zprofile",
            "config.fish",
            "environment",
        ]
        .iter()
        .any(|name| target.contains(name));
        let starts_something = [
            "curl", "wget", "nohup", "/dev/tcp", "python", "base64", " &", "/tmp/", "nc ",
            "bash -i", "@reboot",
        ]
        .iter()
        .any(|sign| text.contains(sign));
        let runs_from_scratch = text.lines().any(|line| {
            line.strip_prefix("ExecStart=").is_some_and(|command| {
                is_scratch_path(command)
                    || command.contains("/.")
                    || command.contains("curl")
                    || command.contains("base64")
            })
        });
        let is_telling = target.contains("authorized_keys") || target.contains("ld.so.preload");
        let confidence = if is_telling
            || flow.fetched.is_some()
            || flow.is_decoded
            || starts_something && (is_profile || target.contains("cron"))
            || runs_from_scratch
        {
            Confidence::High
        } else if is_profile
            || target.contains("sudoers")
            || target.contains(".git/hooks")
            || target.contains("systemd")
        {
            Confidence::Low
        } else {
            Confidence::Medium
        };
        self.report(Kind::Persistence, confidence, line, text);
    }
}
