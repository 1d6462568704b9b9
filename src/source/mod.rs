//! Files, positions in them, and what is said about those positions. The only room that reads files.

mod diagnostic;
mod discover;
mod file;
mod git;
mod span;
mod spelling;
mod text_map;

pub use diagnostic::{Applicability, Diagnostic, Edit, Fix, Label, Level, Problem};
pub use discover::{Discovery, PathProblem, discover, glob_root, plain};
pub use file::{
    Companions, Disk, MAX_FILE_BYTES, NoCompanions, ReadError, ReadOnce, SourceFile, Unit, read, read_bytes,
};
pub use git::{GitError, Snapshot};
pub use span::{Location, SourceId, Span, Spanned};
pub use spelling::{nearest, nearest_or_longer};
pub use text_map::{Piece, PieceKind, TextMap, TextMapBuilder};
