//! What texts say, read once: thousands of rules have a few hundred fields with their modifiers, and conditions like `selection`.

use foldhash::fast::RandomState;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::thread::LocalKey;

/// The texts that a thread has read, with what they say.
pub type Known<T> = RefCell<HashMap<String, Rc<T>, RandomState>>;

/// Beyond this many texts, and of longer ones, nothing is kept.
const MOST: usize = 1024;
const LONGEST: usize = 256;

/// What the text says, from what is known or by reading it.
pub fn read<T>(known: &'static LocalKey<Known<T>>, text: &str, read: impl FnOnce(&str) -> T) -> Rc<T> {
    if let Some(found) = known.with_borrow(|known| known.get(text).cloned()) {
        return found;
    }
    let found = Rc::new(read(text));
    known.with_borrow_mut(|known| {
        if known.len() < MOST && text.len() <= LONGEST {
            known.insert(text.to_owned(), Rc::clone(&found));
        }
    });
    found
}
