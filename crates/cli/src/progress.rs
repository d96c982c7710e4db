//! A progress bar on standard error, for people at a terminal.

use std::time::Duration;

use chainwright_engine::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run shorter than this shows nothing.
const QUIET: Duration = Duration::from_millis(500);

/// Shows bytes read of bytes found.
#[derive(Debug)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new() -> Self {
        Self(ProgressBar::hidden())
    }
}

impl Progress for Bar {
    fn begin(&self, files: u64, bytes: u64) {
        let template = "{msg} {wide_bar} {bytes}/{total_bytes} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style.progress_chars("━╸─"));
        }
        self.0.set_length(bytes);
        self.0.set_message(format!("{files} files"));
    }

    fn advance(&self, bytes: u64) {
        if self.0.is_hidden() && self.0.elapsed() > QUIET {
            self.0.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.0.inc(bytes);
    }

    fn end(&self) {
        self.0.finish_and_clear();
    }
}
