//! Watches JSON on its way to the parser: how deep, how long its texts, how much of it is kept.
//!
//! The parser would take a text or a nesting of any size; here they end before they cost memory.
use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

/// No name, description or version is longer.
const TEXT_BYTES: usize = 16 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Deep,
    LongText,
    /// More would be kept than was allowed.
    Large,
}

/// Shared by the guard, which counts, and the reader of the values, which says what it keeps.
#[derive(Debug, Default)]
pub struct Budget {
    /// Bytes that may still come while something is kept; `None` while it is not.
    left: Cell<Option<u64>>,
    fault: Cell<Option<Fault>>,
}

impl Budget {
    /// What is read until `release` is kept and may take `bytes`.
    pub fn keep(&self, bytes: u64) {
        self.left.set(Some(bytes));
    }
    /// What the budget still has.
    pub fn release(&self) -> u64 {
        self.left.take().unwrap_or_default()
    }
    /// Why reading ended, when it was the guard.
    pub fn fault(&self) -> Option<Fault> {
        self.fault.get()
    }
}

pub struct JsonGuard<R> {
    input: BufReader<R>,
    most_deep: usize,
    depth: usize,
    /// Bytes of the present text so far; `None` outside of texts.
    text: Option<usize>,
    escaped: bool,
    budget: Rc<Budget>,
}

impl<R: Read> JsonGuard<R> {
    pub fn new(input: R, most_deep: usize) -> Self {
        let input = BufReader::with_capacity(16 << 10, input);
        JsonGuard { input, most_deep, depth: 0, text: None, escaped: false, budget: Rc::default() }
    }

    pub fn budget(&self) -> Rc<Budget> {
        Rc::clone(&self.budget)
    }

    fn watch(&mut self, byte: u8) -> Result<(), Fault> {
        if let Some(left) = self.budget.left.get() {
            self.budget.left.set(Some(left.checked_sub(1).ok_or(Fault::Large)?));
        }
        match &mut self.text {
            Some(_) if self.escaped => self.escaped = false,
            Some(_) if byte == b'"' => self.text = None,
            Some(length) => {
                self.escaped = byte == b'\\';
                *length += 1;
                if *length > TEXT_BYTES {
                    return Err(Fault::LongText);
                }
            }
            None => match byte {
                b'"' => self.text = Some(0),
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth > self.most_deep {
                        return Err(Fault::Deep);
                    }
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            },
        }
        Ok(())
    }
}

impl<R: Read> Read for JsonGuard<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buf)?;
        for byte in &buf[..n] {
            if let Err(fault) = self.watch(*byte) {
                self.budget.fault.set(Some(fault));
                return Err(io::Error::other("more than metadata.json may hold"));
            }
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> Option<Fault> {
        let mut guard = JsonGuard::new(json.as_bytes(), 3);
        let budget = guard.budget();
        let _ = io::copy(&mut guard, &mut io::sink());
        budget.fault()
    }

    #[test]
    fn depth_counts_brackets_outside_of_texts_only() {
        assert_eq!(fault("[[[]]]"), None);
        assert_eq!(fault("[[{}],[[]]]"), None);
        assert_eq!(fault("[[[[]]]]"), Some(Fault::Deep));
        assert_eq!(fault(r#"["[[[[[[[[ \" [[[[ \\", "{{{{"]"#), None);
    }

    #[test]
    fn a_text_ends_somewhere() {
        assert_eq!(fault(&format!("\"{}\"", "a".repeat(TEXT_BYTES))), None);
        assert_eq!(fault(&format!("\"{}\"", "a".repeat(TEXT_BYTES + 1))), Some(Fault::LongText));
    }
}
