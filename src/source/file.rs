//! Source files and the units they form.

use super::{Location, SourceId, Span};
use foldhash::fast::RandomState;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Larger files are refused: no rule comes near it, and offsets stay far inside `u32`.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// A text with the name it is shown under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user gave it, with `/` separators.
    pub path: String,
    /// Shared with the rule that gives it back unchanged.
    pub text: Arc<str>,
}

impl SourceFile {
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// Line and column, from 1, the column in characters. Offsets inside a character count as its start.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> (usize, usize) {
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line_start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }

    /// The text at `span`; empty when the span does not lie on character boundaries.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The last part of the path.
    #[must_use]
    pub fn file_name(&self) -> &str {
        memchr::memrchr(b'/', self.path.as_bytes()).map_or(&self.path, |at| &self.path[at + 1..])
    }
}

/// A rule file with its companions. Locations in it name the file by its place in `files`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub files: Vec<SourceFile>,
}

impl Unit {
    #[must_use]
    pub fn new(main: SourceFile) -> Self {
        Self { files: vec![main] }
    }

    #[must_use]
    pub fn main(&self) -> &SourceFile {
        &self.files[0]
    }

    /// Adds a companion, if it is not there yet, and gives its id.
    pub fn add(&mut self, file: SourceFile) -> SourceId {
        if let Some(known) = self.files.iter().position(|known| known.path == file.path) {
            return SourceId(u16::try_from(known).unwrap_or(u16::MAX));
        }
        self.files.push(file);
        SourceId(u16::try_from(self.files.len() - 1).unwrap_or(u16::MAX))
    }

    /// The file of a location; the main file if the id is unknown.
    #[must_use]
    pub fn file(&self, id: SourceId) -> &SourceFile {
        self.files.get(usize::from(id.0)).unwrap_or(&self.files[0])
    }

    #[must_use]
    pub fn slice(&self, location: Location) -> &str {
        self.file(location.source).slice(location.span)
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read the file: {0}")]
    Io(String),
    #[error("the file is not UTF-8 (first bad byte at offset {0})")]
    NotUtf8(usize),
    #[error("the file is larger than {} MiB", MAX_FILE_BYTES / 1024 / 1024)]
    TooLarge,
}

/// Reads one file, without its byte order mark's meaning changed: the mark stays part of the text, so offsets stay
/// the file's own.
///
/// # Errors
/// When the file cannot be opened, is too large, or is not UTF-8.
pub fn read(path: &Path) -> Result<SourceFile, ReadError> {
    let io = |error: std::io::Error| ReadError::Io(error.to_string());
    BUFFER.with_borrow_mut(|bytes| {
        bytes.clear();
        let file = File::open(path).map_err(io)?;
        // Nothing is asked of a file but its bytes: thousands of small ones are read in a run.
        file.take(MAX_FILE_BYTES + 1).read_to_end(bytes).map_err(io)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(ReadError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|error| ReadError::NotUtf8(error.valid_up_to()))?;
        Ok(SourceFile::new(display_path(path), text))
    })
}

thread_local! {
    /// What a thread reads rule files into, one after the other, before their text gets a place of its own size.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Reads a file of any content: events, which may be compressed, and come in larger files than rules.
///
/// # Errors
/// When the file cannot be opened or is larger than `limit` bytes.
pub fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let io = |error: std::io::Error| ReadError::Io(error.to_string());
    let mut file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    if length > limit {
        return Err(ReadError::Io(format!("the file is larger than {} MiB", limit / 1024 / 1024)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

fn display_path(path: &Path) -> String {
    let shown = path.to_string_lossy();
    let shown = if shown.contains('\\') { shown.replace('\\', "/").into() } else { shown };
    shown.strip_prefix("./").unwrap_or(&shown).to_owned()
}

/// How a front-end gets at the files that its rule names, without reading files itself.
pub trait Companions: Sync {
    /// The file `relative` next to `main`, or `None` when it is not there or cannot be read.
    fn companion(&self, main: &str, relative: &str) -> Option<SourceFile>;

    /// The names of what stands next to `main`, in lower case: some file systems take a name in any. `None` when that is not known.
    fn names(&self, _main: &str) -> Option<HashSet<String, RandomState>> {
        None
    }

    /// The names of the files in the folder `relative` next to `main` and in its folders, as [`Self::companion`] takes them,
    /// sorted. Empty when the folder is not there.
    fn list(&self, _main: &str, _relative: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Companions on the disk.
#[derive(Debug, Clone, Copy)]
pub struct Disk;

impl Companions for Disk {
    fn companion(&self, main: &str, relative: &str) -> Option<SourceFile> {
        read(&folder_of(main).join(relative)).ok()
    }

    fn names(&self, main: &str) -> Option<HashSet<String, RandomState>> {
        let folder = folder_of(main);
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = std::fs::read_dir(folder).ok()?.flatten();
        Some(entries.map(|entry| entry.file_name().to_string_lossy().to_lowercase()).collect())
    }

    fn list(&self, main: &str, relative: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![(folder_of(main).join(relative), relative.to_owned(), 0)];
        while let Some((folder, name, depth)) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = format!("{name}/{}", entry.file_name().to_string_lossy());
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && depth < MAX_LIST_DEPTH => {
                        folders.push((entry.path(), name, depth + 1));
                    }
                    Ok(kind) if kind.is_file() => found.push(name),
                    _ => {}
                }
            }
        }
        found.sort_unstable();
        found
    }
}

fn folder_of(main: &str) -> &Path {
    Path::new(main).parent().unwrap_or(Path::new(""))
}

/// Companions of another kind: the files that many rules share are read once, and each folder is asked once for what it has not.
pub struct ReadOnce<'a> {
    companions: &'a dyn Companions,
    /// By the folder of the rule and the name seen from there.
    files: Once<Option<SourceFile>>,
    folders: Once<Vec<String>>,
    names: Once<Option<Arc<HashSet<String, RandomState>>>>,
}

impl<'a> ReadOnce<'a> {
    #[must_use]
    pub fn new(companions: &'a dyn Companions) -> Self {
        Self { companions, files: Mutex::default(), folders: Mutex::default(), names: Mutex::default() }
    }

    fn is_absent(&self, main: &str, name: &str) -> bool {
        let names = once(&self.names, main, "", || self.companions.names(main).map(Arc::new));
        names.is_some_and(|names| !names.contains(&name.to_lowercase()))
    }
}

impl Companions for ReadOnce<'_> {
    fn companion(&self, main: &str, relative: &str) -> Option<SourceFile> {
        // What stands beside one rule belongs to that rule.
        if !relative.contains('/') {
            return if self.is_absent(main, relative) { None } else { self.companions.companion(main, relative) };
        }
        once(&self.files, main, relative, || self.companions.companion(main, relative))
    }

    fn list(&self, main: &str, relative: &str) -> Vec<String> {
        once(&self.folders, main, relative, || self.companions.list(main, relative))
    }
}

type Once<T> = Mutex<HashMap<(String, String), T, RandomState>>;

fn once<T: Clone>(known: &Once<T>, main: &str, relative: &str, read: impl FnOnce() -> T) -> T {
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    let key = (folder.to_owned(), relative.to_owned());
    let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(&key) {
        return known.clone();
    }
    let new = read();
    lock().insert(key, new.clone());
    new
}

/// How deep [`Companions::list`] goes.
const MAX_LIST_DEPTH: usize = 3;

/// No companions: for rules on standard input and for tests.
#[derive(Debug, Clone, Copy)]
pub struct NoCompanions;

impl Companions for NoCompanions {
    fn companion(&self, _main: &str, _relative: &str) -> Option<SourceFile> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_files_are_read_once() {
        struct Counting(Mutex<usize>);
        impl Companions for Counting {
            fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
                *self.0.lock().unwrap() += 1;
                Some(SourceFile::new(relative, "text"))
            }
        }
        let counting = Counting(Mutex::new(0));
        let once = ReadOnce::new(&counting);
        for (main, relative, reads) in
            [("a/x.yml", "../h.py", 1), ("a/y.yml", "../h.py", 1), ("b/x.yml", "../h.py", 2), ("b/x.yml", "x.py", 3)]
        {
            assert_eq!(once.companion(main, relative).unwrap().path, relative);
            assert_eq!(*counting.0.lock().unwrap(), reads, "{main} {relative}");
        }
    }

    #[test]
    fn what_a_folder_has_not_is_not_looked_for() {
        struct Named(Mutex<usize>);
        impl Companions for Named {
            fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
                *self.0.lock().unwrap() += 1;
                (relative == "X.py").then(|| SourceFile::new(relative, "text"))
            }
            fn names(&self, _main: &str) -> Option<HashSet<String, RandomState>> {
                Some(["x.py".to_owned()].into_iter().collect())
            }
        }
        let named = Named(Mutex::new(0));
        let once = ReadOnce::new(&named);
        assert!(once.companion("a/x.yml", "X.py").is_some());
        assert!(once.companion("a/x.yml", "y.py").is_none());
        assert_eq!(*named.0.lock().unwrap(), 1);
    }

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let file = SourceFile::new("a.yml", "tïtle: x\r\nid: ü\n");
        assert_eq!(file.line_column(0), (1, 1));
        assert_eq!(file.line_column(4), (1, 4));
        assert_eq!(file.line_column(15), (2, 5));
        assert_eq!(file.line_column(999), (3, 1));
    }
}
