//! Events from text: JSON lines, JSON arrays, or JSON objects one after the other, however they are broken into lines.

use serde_json::Value as Json;
use std::io::Read;

/// Decompressed inputs beyond this size are refused.
pub const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// An event that cannot be read. It does not stop the others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct EventError {
    /// From 1.
    pub line: usize,
    pub message: String,
}

/// An event or an error, with the line it begins on.
pub type ReadEvent = Result<(usize, Json), EventError>;

/// Why an input cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("cannot decompress the input: {0}")]
    Compression(String),
    #[error("the input is larger than {} MiB", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("the input is not UTF-8 (first bad byte at offset {0})")]
    NotUtf8(usize),
}

/// The text of an input, decompressed when its content (or its name's end, `.gz` or `.zst`) says so; without a byte order mark.
///
/// # Errors
/// When it cannot be decompressed, is too large, or is not UTF-8.
pub fn decode(name: &str, bytes: &[u8]) -> Result<String, DecodeError> {
    decode_within(name, bytes, MAX_BYTES)
}

fn decode_within(name: &str, bytes: &[u8], limit: u64) -> Result<String, DecodeError> {
    const GZIP: &[u8] = &[0x1f, 0x8b];
    const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
    let ends = |end: &str| name.to_ascii_lowercase().ends_with(end);
    let plain = if bytes.starts_with(GZIP) || ends(".gz") {
        bounded(flate2::read::MultiGzDecoder::new(bytes), limit)?
    } else if bytes.starts_with(ZSTD) || ends(".zst") {
        let decoder =
            zstd::stream::read::Decoder::new(bytes).map_err(|error| DecodeError::Compression(error.to_string()))?;
        bounded(decoder, limit)?
    } else if bytes.len() as u64 > limit {
        return Err(DecodeError::TooLarge);
    } else {
        bytes.to_vec()
    };
    let text = String::from_utf8(plain).map_err(|error| DecodeError::NotUtf8(error.utf8_error().valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn bounded(reader: impl Read, limit: u64) -> Result<Vec<u8>, DecodeError> {
    let mut plain = Vec::new();
    reader.take(limit + 1).read_to_end(&mut plain).map_err(|error| DecodeError::Compression(error.to_string()))?;
    if plain.len() as u64 > limit { Err(DecodeError::TooLarge) } else { Ok(plain) }
}

/// The events of a text in their order. After text that is not JSON the reader goes on at the next line.
pub fn read_events(text: &str) -> Vec<ReadEvent> {
    let mut reader = Reader { text, at: 0, line: 1, counted: 0, found: Vec::new() };
    while reader.next() {}
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// The line of the offset `counted`.
    line: usize,
    counted: usize,
    found: Vec<ReadEvent>,
}

impl Reader<'_> {
    fn skip_blank(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn line(&mut self) -> usize {
        let passed = self.text.get(self.counted..self.at).unwrap_or_default();
        self.line += passed.matches('\n').count();
        self.counted = self.at;
        self.line
    }

    /// Reads one value; false at the end.
    fn next(&mut self) -> bool {
        self.skip_blank();
        if self.at >= self.text.len() {
            return false;
        }
        let line = self.line();
        if self.text[self.at..].starts_with('[') && self.array() {
            return true;
        }
        match self.value() {
            Ok(value) => self.push(line, value),
            Err(message) => {
                self.found.push(Err(EventError { line, message }));
                self.skip_line();
            }
        }
        true
    }

    fn push(&mut self, line: usize, value: Json) {
        match value {
            Json::Object(_) => self.found.push(Ok((line, value))),
            other => {
                let message = format!("an event is a JSON object, not {}", kind(&other));
                self.found.push(Err(EventError { line, message }));
            }
        }
    }

    fn value(&mut self) -> Result<Json, String> {
        let mut stream = serde_json::Deserializer::from_str(&self.text[self.at..]).into_iter::<Json>();
        match stream.next() {
            Some(Ok(value)) => {
                self.at += stream.byte_offset();
                Ok(value)
            }
            Some(Err(error)) => {
                let text = error.to_string();
                Err(text.split(" at line ").next().unwrap_or_default().to_owned())
            }
            None => Err("no value".to_owned()),
        }
    }

    fn skip_line(&mut self) {
        self.at = self.text[self.at..].find('\n').map_or(self.text.len(), |end| self.at + end + 1);
    }

    /// The items of an array, each with its own line. False, with nothing read, when it is not an array of values to its end.
    fn array(&mut self) -> bool {
        let (at, line, counted, known) = (self.at, self.line, self.counted, self.found.len());
        self.at += 1;
        let complete = self.items();
        if !complete {
            (self.at, self.line, self.counted) = (at, line, counted);
            self.found.truncate(known);
        }
        complete
    }

    fn items(&mut self) -> bool {
        self.skip_blank();
        if self.eat(']') {
            return true;
        }
        loop {
            self.skip_blank();
            let line = self.line();
            let Ok(value) = self.value() else { return false };
            self.push(line, value);
            self.skip_blank();
            if self.eat(']') {
                return true;
            }
            if !self.eat(',') {
                return false;
            }
        }
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.text[self.at..].starts_with(c);
        self.at += usize::from(found);
        found
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::io::Write;

    fn lines(text: &str) -> Vec<Result<(usize, Json), usize>> {
        read_events(text).into_iter().map(|event| event.map_err(|error| error.line)).collect()
    }

    #[test]
    fn json_lines_with_bad_ones_between() {
        let text = "{\"a\":1}\r\n\nnot json\n{\"a\":2}\n7\n{\"a\":";
        assert_eq!(lines(text), [Ok((1, json!({"a": 1}))), Err(3), Ok((4, json!({"a": 2}))), Err(5), Err(6)]);
    }

    #[test]
    fn arrays_and_concatenated_objects() {
        let text = "[\n {\"a\":1},\n {\"a\":\n2}, 3]\n{\n\"a\": 3\n}\n{\"a\":4}{\"a\":5}";
        let expected = [
            Ok((2, json!({"a": 1}))),
            Ok((3, json!({"a": 2}))),
            Err(4),
            Ok((5, json!({"a": 3}))),
            Ok((8, json!({"a": 4}))),
            Ok((8, json!({"a": 5}))),
        ];
        assert_eq!(lines(text), expected);
        assert_eq!(lines("[]\n{}"), [Ok((2, json!({})))]);
        assert_eq!(lines("  \n"), []);
    }

    #[test]
    fn a_broken_array_is_an_error_and_the_lines_after_it_are_read() {
        assert_eq!(
            lines("[{\"a\":1},\n{\"a\":2}\n{\"a\":3}"),
            [Err(1), Ok((2, json!({"a": 2}))), Ok((3, json!({"a": 3})))]
        );
    }

    #[test]
    fn too_deep_is_an_error() {
        assert_eq!(lines(&format!("{}\n{{}}", "[".repeat(100_000))), [Err(1), Ok((2, json!({})))]);
    }

    #[test]
    fn compressed_inputs() {
        let text = "{\"a\":\"ü\"}";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        assert_eq!(decode("x", &gzip).unwrap(), text);
        assert_eq!(decode("x", &zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap(), text);
        assert_eq!(decode("x", b"\xef\xbb\xbf{}").unwrap(), "{}");
        assert!(matches!(decode("a.gz", b"plain"), Err(DecodeError::Compression(_))));
        assert!(matches!(decode("a.zst", b"plain"), Err(DecodeError::Compression(_))));
        assert_eq!(decode("x", b"a\xff"), Err(DecodeError::NotUtf8(1)));
        assert_eq!(decode_within("x", &gzip, 3), Err(DecodeError::TooLarge));
        assert_eq!(decode_within("x", b"1234", 3), Err(DecodeError::TooLarge));
    }
}
