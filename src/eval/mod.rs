//! The reference evaluator: what the types of `ir` mean, made executable. Plain and right first.

mod address;
mod ascii_case;
mod correlation;
mod esql;
mod event;
mod events;
mod expr;
#[cfg(test)]
mod expr_properties;
#[cfg(test)]
mod expr_tests;
mod function;
mod keys;
mod library;
mod lineage;
#[cfg(test)]
mod logic_tests;
mod lucene;
mod moment;
mod ops;
mod patterns;
mod pipeline;
mod pipes;
mod program;
mod python;
mod quantifier;
mod regex;
mod routing;
mod rule_test;
#[cfg(test)]
mod rule_test_tests;
mod sequence;
#[cfg(test)]
mod sequence_tests;
mod spelling;
mod stream;
mod term;
mod terms;
#[cfg(test)]
mod testing;
mod threshold;
mod time;
mod transition;
mod value;
mod wildcard;
mod windows;

pub use event::Event;
pub use events::{DecodeError, EventError, MAX_BYTES, ReadEvent, decode, read_events};
pub use expr::{Conditions, Evaluation, Hole, Verdict};
pub use program::{Program, referred};
pub use regex::Matcher;
pub use routing::{Route, windows_category, windows_category_is_one_event};
pub use rule_test::{
    ListedTest, RegressionTest, TestOutcome, TestRunner, TestStatus, parse_regression_info, parse_tests, run_test,
};
pub use stream::{Alert, EndOfStream, Note, NoteKind, Record, Run};
pub use time::event_time;
pub use windows::EventShape;
