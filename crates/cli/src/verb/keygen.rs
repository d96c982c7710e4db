//! `keygen`: a key pair for signing models.
//!
//! A verb of its own rather than an option of `sign`, because one key signs many models, and making one is a decision.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chainwright_signing::{KeyKind, PrivateKey, Secret};
use clap::{Args, ValueEnum};

use crate::output;
use crate::proofs::{keys, shown};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file for the private key. The public key goes beside it, with `.pub` at the end.
    file: PathBuf,

    /// The curve.
    #[arg(long, value_name = "CURVE", default_value = "p256")]
    curve: Curve,

    /// A file with the password that encrypts the private key. Else it is taken from CHAINWRIGHT_KEY_PASSWORD, or asked
    /// for at the terminal.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Write the private key without a password; whoever can read the file can sign.
    #[arg(long, conflicts_with = "password_file")]
    no_password: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Curve {
    P256,
    P384,
    P521,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut public = arguments.file.clone().into_os_string();
    public.push(".pub");
    let public = PathBuf::from(public);
    for path in [&arguments.file, &public] {
        if path.symlink_metadata().is_ok() {
            bail!(
                "`{}` exists already; keys are never overwritten",
                shown(path)
            );
        }
    }
    let password = password(arguments)?;
    let key = PrivateKey::generate(match arguments.curve {
        Curve::P256 => KeyKind::EcdsaP256,
        Curve::P384 => KeyKind::EcdsaP384,
        Curve::P521 => KeyKind::EcdsaP521,
    })?;
    key.save(&arguments.file, password.as_ref())?;
    let pem = key.public().to_pem();
    output::to_file(&public, &|out| out.write_all(pem.as_bytes()))?;
    let kept = match password {
        Some(_) => "encrypted with the password",
        None => "without a password",
    };
    output::to_stdout(&|out| {
        writeln!(out, "private key  {}  ({kept})", shown(&arguments.file))?;
        writeln!(out, "public key   {}", shown(&public))?;
        writeln!(out, "fingerprint  {}", key.public().hint())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn password(arguments: &Arguments) -> anyhow::Result<Option<Secret>> {
    if arguments.no_password {
        return Ok(None);
    }
    let given = keys::given_password(arguments.password_file.as_ref())?;
    let password = match given {
        Some(password) => password,
        None if std::io::stdin().is_terminal() => {
            let typed = keys::prompt("Password for the new key: ")?;
            let again = keys::prompt("The same again: ")?;
            if typed.expose() != again.expose() {
                bail!("the passwords differ");
            }
            typed
        }
        None => bail!(
            "no password was given: use --password-file, {}, or --no-password",
            keys::PASSWORD_VARIABLE
        ),
    };
    if password.expose().is_empty() {
        return Err(anyhow::anyhow!("the password is empty"))
            .context("give a password, or ask for none with --no-password");
    }
    Ok(Some(password))
}
