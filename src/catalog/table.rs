//! Sorted text tables, embedded in the program and searched where they lie.
//!
//! A table is UTF-8 text. Its first lines start with `#`: the first is the header
//! (`# detc-table v1 rows=N version=.. date=.. source=..`), the second names the columns. Every other line is a row of
//! tab-separated columns. Rows are in byte order and unique, so a look-up is a binary search over the text itself:
//! nothing is parsed or built when the program starts.

/// An embedded table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    path: &'static str,
    text: &'static str,
}

/// What the first line of a table says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The number of rows the table was written with.
    pub rows: usize,
    /// The version of the data, as its publisher counts.
    pub version: &'static str,
    /// The day of the data, `YYYY-MM-DD` or a shorter form.
    pub date: &'static str,
    /// Where the data come from.
    pub source: &'static str,
}

/// One line of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row(&'static str);

impl Row {
    /// The column at `index`, from 0; `""` when the row has fewer.
    pub fn col(self, index: usize) -> &'static str {
        self.cols().nth(index).unwrap_or("")
    }

    /// The columns in order: for whoever reads several.
    pub fn cols(self) -> impl Iterator<Item = &'static str> {
        split(self.0, b'\t')
    }

    /// The first columns; `""` for those that the row does not have.
    pub fn first_cols<const N: usize>(self) -> [&'static str; N] {
        let mut cols = self.cols();
        std::array::from_fn(|_| cols.next().unwrap_or(""))
    }

    /// The column at `index`, split at commas; empty for an empty column.
    pub fn list(self, index: usize) -> impl Iterator<Item = &'static str> {
        items(self.col(index))
    }

    /// The whole line, without its end.
    pub fn line(self) -> &'static str {
        self.0
    }
}

impl Table {
    /// A table with the path it has under `schemas/`.
    pub const fn new(path: &'static str, text: &'static str) -> Self {
        Self { path, text }
    }

    /// The path under `schemas/`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// The whole text, header included.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// The header, or `None` when the first line is not one.
    pub fn header(&self) -> Option<Header> {
        let rest = self.text.lines().next()?.strip_prefix("# detc-table v1 ")?;
        let (rows, rest) = rest.strip_prefix("rows=")?.split_once(' ')?;
        let (version, rest) = rest.strip_prefix("version=")?.split_once(' ')?;
        let (date, rest) = rest.strip_prefix("date=")?.split_once(' ')?;
        Some(Header { rows: rows.parse().ok()?, version, date, source: rest.strip_prefix("source=")? })
    }

    /// Every row, in order.
    pub fn rows(&self) -> impl Iterator<Item = Row> + use<> {
        lines(self.body()).map(Row)
    }

    /// The rows whose line starts with `prefix`. End it with a tab to ask for a whole column.
    pub fn range<'p>(&self, prefix: &'p str) -> impl Iterator<Item = Row> + use<'p> {
        let body = self.body();
        lines(&body[lower_bound(body, prefix)..]).take_while(move |line| line.starts_with(prefix)).map(Row)
    }

    /// The first row whose leading columns are exactly `key` (columns joined by tabs).
    pub fn find(&self, key: &str) -> Option<Row> {
        let body = self.body();
        let line = lines(&body[lower_bound(body, key)..]).next()?;
        // A tab sorts before every character of a key, so the row is here or nowhere.
        (line == key || line.strip_prefix(key).is_some_and(|rest| rest.starts_with('\t'))).then_some(Row(line))
    }

    /// The text after the leading `#` lines.
    fn body(&self) -> &'static str {
        let mut rest = self.text;
        while rest.starts_with('#') {
            rest = memchr::memchr(b'\n', rest.as_bytes()).map_or("", |at| &rest[at + 1..]);
        }
        rest
    }
}

/// The items of a column with commas between them.
pub fn items(column: &'static str) -> impl Iterator<Item = &'static str> {
    split(column, b',').filter(|item| !item.is_empty())
}

/// The lines of a text that ends each with a line feed.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    split(text.strip_suffix('\n').unwrap_or(text), b'\n').filter(|line| !line.is_empty())
}

/// The parts of a text between `separator`s.
fn split(text: &'static str, separator: u8) -> impl Iterator<Item = &'static str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let (part, after) = match rest {
            None => return None,
            Some(text) => match memchr::memchr(separator, text.as_bytes()) {
                Some(at) => (&text[..at], Some(&text[at + 1..])),
                None => (text, None),
            },
        };
        rest = after;
        Some(part)
    })
}

/// The offset of the first line that is not less than `key` in byte order.
fn lower_bound(body: &str, key: &str) -> usize {
    let bytes = body.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let start = memchr::memrchr(b'\n', &bytes[low..middle]).map_or(low, |at| low + at + 1);
        let end = memchr::memchr(b'\n', &bytes[middle..]).map_or(bytes.len(), |at| middle + at);
        if &bytes[start..end] < key.as_bytes() {
            low = (end + 1).min(bytes.len());
        } else {
            high = start;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Table = Table::new(
        "small.tsv",
        "# detc-table v1 rows=5 version=1 date=2026-01-02 source=hand made\n# k\tv\na\t1\na.b\t2\na.b\t3\na.bc\t4\nz\t\n",
    );

    #[test]
    fn reads_its_header() {
        let header = SMALL.header().unwrap();
        assert_eq!((header.rows, header.version, header.source), (5, "1", "hand made"));
        assert_eq!(SMALL.rows().count(), 5);
    }

    #[test]
    fn finds_every_row_and_no_other() {
        assert_eq!(SMALL.find("a").unwrap().col(1), "1");
        assert_eq!(SMALL.find("a.b").unwrap().col(1), "2");
        assert_eq!(SMALL.find("a.b\t3").unwrap().col(1), "3");
        assert_eq!(SMALL.find("a.bc").unwrap().col(1), "4");
        assert_eq!(SMALL.find("z").unwrap().col(1), "");
        for absent in ["", "0", "a.", "a.bb", "b", "zz", "é"] {
            assert_eq!(SMALL.find(absent), None, "{absent}");
        }
    }

    #[test]
    fn ranges_are_by_prefix() {
        assert_eq!(SMALL.range("a.b\t").count(), 2);
        assert_eq!(SMALL.range("a.b").count(), 3);
        assert_eq!(SMALL.range("").count(), 5);
        assert_eq!(SMALL.range("y").count(), 0);
    }
}
