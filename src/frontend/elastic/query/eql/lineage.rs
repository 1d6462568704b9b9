//! Relations between processes in Endgame's EQL: `child of [..]`, `descendant of [..]`, `event of [..]`.

use super::endgame::{constant, filter, is_category};
use super::terms::Terms;
use crate::ir::{Case, ExprKind as Kind, FieldPath, Lineage, Op, Outcome, Relation, Subject, Value};
use crate::lang::eql::{self, EventFilter};
use crate::source::Location;

impl Terms<'_, '_> {
    /// The fields are those of Endgame's events; an `opcode` says what a process event is about.
    pub(super) fn related(
        &mut self,
        relation: eql::Relation,
        of: &EventFilter,
        case: Case,
        at: Option<Location>,
    ) -> Outcome {
        let source = filter(of, case, self.lowering);
        let process_event = is_category("process", self.lowering, at);
        let pool = self.pool();
        let field = |name: &str| Subject::Field(FieldPath::dotted(name));
        let mut is = |name: &str, value: Value| pool.test(field(name), constant(value, Case::Sensitive), at);
        let created = [1, 3, 9].map(|code| is("opcode", Value::Int(code)));
        let ended = [2, 4].map(|code| is("opcode", Value::Int(code)));
        let system = [is("pid", Value::Int(4)), is("process_name", Value::str("System"))];
        let idle = is("pid", Value::Int(0));
        let (created, ended) = (pool.or(created, at), pool.or(ended, at));
        // The process with the id 0 is none.
        let (there, real) = (pool.test(field("pid"), Op::Present, at), pool.not(idle, at));
        let lineage = Lineage {
            relation: match relation {
                eql::Relation::Child => Relation::Child,
                eql::Relation::Descendant => Relation::Descendant,
                eql::Relation::Event => Relation::Same,
            },
            process: FieldPath::dotted("unique_pid"),
            parent: FieldPath::dotted("unique_ppid"),
            of: pool.and([source, there, real], at),
            process_event,
            created,
            ended,
            reset: pool.and([created].into_iter().chain(system), at),
        };
        let holds = pool.add(Kind::Lineage(lineage), at);
        pool.two_valued(holds)
    }
}
