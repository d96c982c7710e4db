//! Reading arguments where frames end: the one thing on which CPython's unpicklers disagree.
//!
//! Pure Python stops when an opcode reads over the end of its frame. C goes on in the bytes behind it if they lie in its
//! buffer (`loads`), and otherwise drops the rest of the frame and reads behind it (`_Unpickler_ReadImpl`,
//! `_Unpickler_Readline` in `_pickle.c`, CPython 3.11). Bytes objects alone are read in one piece by both.

use crate::facts::AnomalyKind;
use crate::input::{Fault, Span};
use crate::machine::{Machine, Reading};

impl Machine<'_, '_> {
    pub(super) fn begin_frame(&mut self) -> Result<(), Fault> {
        let length = self.number(8)?;
        self.meet_frame_end(length, false);
        let start = self.input.position();
        let end = start.saturating_add(length);
        if end > self.input.end() {
            self.collector
                .anomaly(AnomalyKind::FrameOverrun, self.here());
        }
        if self.frame_end.is_none_or(|held| held <= start) {
            self.frame_end = Some(end);
        }
        Ok(())
    }

    /// Looks at the next `length` bytes: if they lie across the end of the frame, the readings part.
    fn meet_frame_end(&mut self, length: u64, goes_on: bool) {
        let Some(end) = self.frame_end else { return };
        let position = self.input.position();
        if position >= end {
            self.frame_end = None;
        } else if !goes_on && position.saturating_add(length) > end {
            self.part_at(end);
        }
    }

    fn part_at(&mut self, frame_end: u64) {
        let here = self.here();
        self.straddles_at.get_or_insert(here);
        self.collector.anomaly(AnomalyKind::FrameStraddle, here);
        self.frame_end = None;
        if self.setting.reading == Reading::DropAtFrameEnd {
            self.input.seek_to(frame_end);
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        Ok(u8::try_from(self.number(1)?).unwrap_or_default())
    }

    pub(super) fn number(&mut self, width: u64) -> Result<u64, Fault> {
        self.meet_frame_end(width, false);
        self.input.number(width)
    }

    pub(super) fn span(&mut self, length: u64, goes_on: bool) -> Result<Span, Fault> {
        self.meet_frame_end(length, goes_on);
        self.input.span(length)
    }

    pub(super) fn line(&mut self) -> Result<Span, Fault> {
        let start = self.input.position();
        let line = self.input.line();
        let Some(end) = self.frame_end.filter(|&end| start < end) else {
            return line;
        };
        if line.is_ok() && self.input.position() <= end {
            return line;
        }
        self.part_at(end);
        if self.setting.reading == Reading::DropAtFrameEnd {
            self.input.line()
        } else {
            line
        }
    }
}
