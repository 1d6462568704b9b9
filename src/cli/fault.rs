//! Faults of the program itself: a rule that makes it panic is told, and the others go on.

use crate::source::{Diagnostic, Level, Location, Span};
use std::any::Any;
use std::cell::RefCell;

/// A fault of the program as a finding at the start of the file.
pub(super) fn fault(payload: &(dyn Any + Send)) -> Diagnostic {
    let message = format!("internal error: {}", panic_text(payload));
    Diagnostic::new("internal-error", Level::Error, Location::main(Span::at(0)), message)
        .help("this is a fault of detc, not of the rule: please report it with the file")
}

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics from printing: they are told as findings, with their place in the program.
pub(super) fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(String::new(), |at| format!(" ({}:{})", at.file(), at.line()));
        LAST_PANIC.with(|last| *last.borrow_mut() = Some(format!("{}{place}", payload_text(info.payload()))));
    }));
}

/// What a panic said, on the thread that caught it.
pub(super) fn panic_text(payload: &(dyn Any + Send)) -> String {
    LAST_PANIC.with(|last| last.borrow_mut().take()).unwrap_or_else(|| payload_text(payload))
}

fn payload_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown panic".to_owned())
}
