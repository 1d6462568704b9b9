//! What is known of a rule's fields.

use crate::ir::FieldPath;
use foldhash::fast::RandomState;
use std::cell::RefCell;
use std::collections::HashMap;

/// Beyond this many fields the answers are found out anew: rules choose their fields freely.
const MOST: usize = 4096;

/// Answers by field, each found out once: a rule tests a field with hundreds of values, mostly one after the other.
#[derive(Debug)]
pub struct PerField<T> {
    known: RefCell<HashMap<FieldPath, T, RandomState>>,
    last: RefCell<Option<(FieldPath, T)>>,
}

impl<T> Default for PerField<T> {
    fn default() -> Self {
        Self { known: RefCell::default(), last: RefCell::default() }
    }
}

impl<T: Clone> PerField<T> {
    /// The answer for a field; `find` gives it at the first question.
    pub fn get(&self, field: &FieldPath, find: impl FnOnce() -> T) -> T {
        if let Some((last, answer)) = &*self.last.borrow()
            && last == field
        {
            return answer.clone();
        }
        let known = self.known.borrow().get(field).cloned();
        let answer = known.unwrap_or_else(|| {
            let found = find();
            let mut known = self.known.borrow_mut();
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(field.clone(), found.clone());
            found
        });
        self.last.replace(Some((field.clone(), answer.clone())));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_asked_for_once() {
        let answers = PerField::default();
        let [a, b] = ["a", "b.c"].map(FieldPath::dotted);
        let mut asked = Vec::new();
        for field in [&a, &b, &b, &a, &FieldPath::dotted("a")] {
            let answer = answers.get(field, || {
                asked.push(field.name());
                field.name().len()
            });
            assert_eq!(answer, field.name().len());
        }
        assert_eq!(asked, ["a", "b.c"]);
    }
}
