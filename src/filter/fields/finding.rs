//! The fields of findings.

use super::{Field, Type, text, words};
use crate::filter::subject::Record;
use crate::filter::value::Value;

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "code",
        aliases: &["finding", "slug"],
        of: Type::Word,
        about: "the code of a finding, or its name",
        example: "code = RVP101 or code = callback-stale",
        searched: true,
        words: words::codes,
        get: |subject, visit| match subject.record {
            Record::Finding(finding) => visit(Value::Text(finding.meta.code)) || visit(Value::Text(finding.meta.slug)),
            _ => false,
        },
    },
    Field {
        name: "caused_by",
        aliases: &[],
        of: Type::Word,
        about: "the code of the finding that most likely caused this one",
        example: "caused_by = RVP101",
        searched: true,
        words: words::codes,
        get: |subject, visit| match subject.record {
            Record::Finding(finding) => text(finding.caused_by, visit),
            _ => false,
        },
    },
    Field {
        name: "severity",
        aliases: &[],
        of: Type::Rank,
        about: "how bad a finding is",
        example: "severity >= warning",
        searched: false,
        words: words::severities,
        get: |subject, visit| match subject.record {
            Record::Finding(finding) => visit(Value::Text(finding.severity.as_str())),
            _ => false,
        },
    },
    Field {
        name: "certainty",
        aliases: &[],
        of: Type::Word,
        about: "how a finding is known",
        example: "certainty = seen",
        searched: false,
        words: words::certainties,
        get: |subject, visit| match subject.record {
            Record::Finding(finding) => visit(Value::Text(finding.certainty.as_str())),
            _ => false,
        },
    },
    Field {
        name: "count",
        aliases: &[],
        of: Type::Number,
        about: "how often a finding was seen",
        example: "count >= 10",
        searched: false,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Finding(finding) => visit(Value::number(finding.count)),
            _ => false,
        },
    },
];
