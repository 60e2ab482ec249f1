//! Where requests end in the bytes of a connection (RFC 9112): enough to hand actix-http one request at
//! a time, and nothing more. What a request says is actix-http's to read.

/// Finds the end of a head: the first empty line after the first byte that is neither CR nor LF.
/// httparse, which actix-http reads heads with, skips empty lines before a request line and takes a
/// bare LF for a line's end; so does this.
#[derive(Clone, Debug, Default)]
pub struct HeadEnd {
    began: bool,
    line: Line,
    length: usize,
}

#[derive(Clone, Copy, Debug, Default)]
enum Line {
    #[default]
    Inside,
    Ended,
    EndedThenCr,
}

impl HeadEnd {
    /// Reads on. Returns how many of `bytes` belong to the head, once it is whole.
    pub fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        if !self.began {
            at = bytes.iter().position(|byte| !b"\r\n".contains(byte))?;
            self.began = true;
        }
        let from = at;
        while at < bytes.len() {
            match (self.line, bytes[at]) {
                (Line::Ended | Line::EndedThenCr, b'\n') => return Some(at + 1),
                (Line::Inside, b'\n') => self.line = Line::Ended,
                (Line::Ended, b'\r') => self.line = Line::EndedThenCr,
                _ => {
                    self.line = Line::Inside;
                    // Only a line's end is of interest.
                    let next = memchr::memchr(b'\n', &bytes[at..]);
                    at = next.map_or(bytes.len(), |next| at + next);
                    continue;
                }
            }
            at += 1;
        }
        self.length += at - from;
        None
    }

    /// The bytes of the head that were seen so far, without empty lines before it.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Whether any byte of the head was seen.
    #[must_use]
    pub fn began(&self) -> bool {
        self.began
    }
}

/// Finds the end of a chunked body (RFC 9112, section 7.1). The steps are those of actix-http's
/// decoder, so that both agree about every body that it accepts.
#[derive(Clone, Debug)]
pub struct ChunkedEnd {
    step: Step,
    size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    SizeFirst,
    SizeRest,
    SizeSpace,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    EndCr,
    EndLf,
    Trailer,
    TrailerLf,
    /// The body is whole, or it is malformed, and actix-http will say so.
    Over,
}

impl Default for ChunkedEnd {
    fn default() -> Self {
        Self {
            step: Step::SizeFirst,
            size: 0,
        }
    }
}

impl ChunkedEnd {
    /// Reads on. Returns how many of `bytes` belong to the body, once it is whole or malformed.
    pub fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.step == Step::Data {
                let left = usize::try_from(self.size).unwrap_or(usize::MAX);
                let taken = left.min(bytes.len() - at);
                at += taken;
                self.size -= taken as u64;
                if self.size == 0 {
                    self.step = Step::DataCr;
                }
                continue;
            }
            self.step = self.next(bytes[at]);
            at += 1;
            if self.step == Step::Over {
                return Some(at);
            }
        }
        None
    }

    fn next(&mut self, byte: u8) -> Step {
        match (self.step, byte) {
            (Step::SizeFirst, _) => {
                self.size = 0;
                self.digit(byte)
            }
            (Step::SizeRest | Step::SizeSpace, b'\t' | b' ') => Step::SizeSpace,
            (Step::SizeRest | Step::SizeSpace | Step::Extension, b'\r') => Step::SizeLf,
            (Step::SizeRest | Step::SizeSpace, b';')
            | (Step::Extension, b'\t' | 0x20..=0x7e | 0x80..) => Step::Extension,
            (Step::SizeRest, _) => self.digit(byte),
            (Step::SizeLf, b'\n') if self.size == 0 => Step::EndCr,
            (Step::SizeLf, b'\n') => Step::Data,
            (Step::DataCr, b'\r') => Step::DataLf,
            (Step::DataLf, b'\n') => Step::SizeFirst,
            (Step::EndCr, b'\r') => Step::EndLf,
            (Step::Trailer, b'\r') => Step::TrailerLf,
            (Step::EndCr | Step::Trailer, _) => Step::Trailer,
            (Step::TrailerLf, b'\n') => Step::EndCr,
            _ => Step::Over,
        }
    }

    fn digit(&mut self, byte: u8) -> Step {
        let digit = char::from(byte).to_digit(16);
        let size = digit.and_then(|digit| Some(self.size.checked_mul(16)? + u64::from(digit)));
        match size {
            Some(size) => {
                self.size = size;
                Step::SizeRest
            }
            None => Step::Over,
        }
    }
}
