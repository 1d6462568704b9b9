//! The command line program: everything is in the library.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Rules are trees of small texts, read by several threads: the system's allocator is a quarter of the time of a run.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    detc::cli::main()
}
