//! The three encodings of R's serialisation as one stream of integers and bytes.

use chainwright_core::fields::Order;

use crate::reader::Reader;

/// The encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Xdr,
    Native,
    Ascii,
}

/// Reads fields of a serialisation.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) form: Form,
}

impl Input<'_> {
    pub(super) const fn set_form(&mut self, form: Form) {
        self.form = form;
        self.reader.order = match form {
            Form::Native => Order::Little,
            Form::Xdr | Form::Ascii => Order::Big,
        };
    }

    /// A word of the ASCII form.
    fn word(&mut self) -> Option<String> {
        while self.reader.peek()?.is_ascii_whitespace() {
            self.reader.skip(1)?;
        }
        let mut word = String::new();
        while let Some(byte) = self
            .reader
            .peek()
            .filter(|byte| !byte.is_ascii_whitespace())
        {
            if word.len() > 100 {
                return None;
            }
            word.push(char::from(byte));
            self.reader.skip(1)?;
        }
        Some(word)
    }

    pub(super) fn integer(&mut self) -> Option<i32> {
        match self.form {
            Form::Ascii => match self.word()?.as_str() {
                "NA" => Some(i32::MIN),
                word => word.parse().ok(),
            },
            Form::Xdr | Form::Native => self.reader.i32(),
        }
    }

    /// Passes over `count` numbers; `each` is their width in the binary forms.
    pub(super) fn pass(&mut self, count: u64, each: u64) -> Option<()> {
        match self.form {
            Form::Ascii => {
                for _ in 0..count {
                    self.word()?;
                }
                Some(())
            }
            Form::Xdr | Form::Native => self.reader.skip(count.checked_mul(each)?),
        }
    }

    /// The fewest bytes that `count` numbers take.
    pub(super) fn least(&self, count: u64, each: u64) -> u64 {
        match self.form {
            // A digit and a line break each.
            Form::Ascii => count.saturating_mul(2),
            Form::Xdr | Form::Native => count.saturating_mul(each),
        }
    }

    /// A text of a known length.
    pub(super) fn text(&mut self, length: u64, keep: u64) -> Option<Vec<u8>> {
        match self.form {
            Form::Xdr | Form::Native => self.reader.bytes(length, keep),
            Form::Ascii => self.escaped(length, keep),
        }
    }

    /// The ASCII form escapes white space and what is no ASCII.
    fn escaped(&mut self, length: u64, keep: u64) -> Option<Vec<u8>> {
        if length == 0 {
            return Some(Vec::new());
        }
        while self.reader.peek()?.is_ascii_whitespace() {
            self.reader.skip(1)?;
        }
        let mut text = Vec::new();
        for index in 0..length {
            let mut byte = self.reader.byte()?;
            if byte == b'\\' {
                byte = match self.reader.byte()? {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    digit @ b'0'..=b'7' => {
                        let mut value = u32::from(digit.saturating_sub(b'0'));
                        for _ in 0..2 {
                            let Some(next @ b'0'..=b'7') = self.reader.peek() else {
                                break;
                            };
                            self.reader.skip(1)?;
                            value = value
                                .saturating_mul(8)
                                .saturating_add(u32::from(next.saturating_sub(b'0')));
                        }
                        u8::try_from(value & 0xff).unwrap_or(0)
                    }
                    other => other,
                };
            }
            if index < keep {
                text.push(byte);
            }
        }
        Some(text)
    }
}
