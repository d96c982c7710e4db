//! Watches a build or a training run and writes down what went in and what came out, as SLSA provenance.
//!
//! Two ways lead to a record. On GitHub Actions and GitLab CI the variables of the job say who builds what
//! ([`hosted`]). Anywhere else a command is wrapped ([`run::record`]): what it reads is measured before it starts and
//! again when it has ended, what it writes is measured then, and the state of the repository, the installed packages and
//! the machine are written down beside it.
//!
//! A record is a claim of whoever runs this. It is not a proof that nothing else was used: the run is not confined.
//! Credentials in commands and parameters are left out. Nothing is signed here.

pub mod git;
pub mod hosted;
pub mod packages;
mod redact;
pub mod run;

mod machine;

pub use redact::is_secret_name;
