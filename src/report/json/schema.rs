//! The JSON Schema of the documents, made from their types: what `rvpscope schema` prints.

use super::wire::{Capture, EventLine, FindingLine, Flows, NoteLines, SessionLine, Totals, VerdictLine};
use super::{BATCH, document};
use crate::analysis::Selected;
use crate::base::ledger::Ledger;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Which documents there are schemas of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `rvpscope.analysis/1` or `rvpscope.batch/1`: what `--format json` gives.
    Json,
    /// `rvpscope.analysis/1`: of one analysis.
    Analysis,
    /// `rvpscope.batch/1`: of several.
    Batch,
    /// A line of `--format ndjson`.
    Ndjson,
}

impl Subject {
    /// All of them, the usual one first.
    pub const ALL: [Self; 4] = [Self::Json, Self::Analysis, Self::Batch, Self::Ndjson];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Analysis => "analysis",
            Self::Batch => "batch",
            Self::Ndjson => "ndjson",
        }
    }

    /// What it is, for the help.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Json => "what --format json gives: either of the next two",
            Self::Analysis => "rvpscope.analysis/1, the document of one analysis",
            Self::Batch => "rvpscope.batch/1, the document of several",
            Self::Ndjson => "a line of --format ndjson",
        }
    }
}

/// The schema of `subject`, in draft 2020-12. Objects may have further properties, since documents may grow.
pub fn schema(subject: Subject) -> String {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    // The schema that is written here refers to all others.
    settings.inline_subschemas = false;
    let meta = settings.meta_schema.clone();
    let mut generator = settings.into_generator();
    let (title, what) = match subject {
        Subject::Json => ("rvpscope.analysis/1 or rvpscope.batch/1", json!({"oneOf": [analysis(&mut generator), batch(&mut generator)]})),
        Subject::Analysis => (document::SCHEMA, analysis(&mut generator)),
        Subject::Batch => (BATCH, batch(&mut generator)),
        Subject::Ndjson => ("A line of rvpscope's NDJSON: a record of rvpscope.analysis/1", json!({"oneOf": records(&mut generator)})),
    };
    let mut whole = json!({"$schema": meta, "title": title, "$defs": generator.take_definitions(true)});
    if let (Value::Object(whole), Value::Object(what)) = (&mut whole, what) {
        whole.extend(what);
    }
    let mut text = format!("{whole:#}");
    text.push('\n');
    text
}

fn analysis(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<document::Whole>().to_value()
}

fn batch(generator: &mut SchemaGenerator) -> Value {
    json!({
        "description": "The analyses of several captures, in the order of the paths.",
        "type": "object",
        "properties": {
            "schema": {"description": "The name of this sort of document.", "const": BATCH},
            "analyses": {"description": "One for each capture that could be read.", "type": "array", "items": analysis(generator)},
        },
        "required": ["schema", "analyses"],
    })
}

fn records(generator: &mut SchemaGenerator) -> Vec<Value> {
    let records = [
        ("event", generator.subschema_for::<EventLine<'_>>()),
        ("capture", generator.subschema_for::<Capture<'_>>()),
        ("finding", generator.subschema_for::<FindingLine<'_>>()),
        ("verdict", generator.subschema_for::<VerdictLine<'_>>()),
        ("session", generator.subschema_for::<SessionLine<'_>>()),
        ("ledger", generator.subschema_for::<Ledger>()),
        ("flows", generator.subschema_for::<Flows>()),
        ("totals", generator.subschema_for::<Totals>()),
        ("notes", generator.subschema_for::<NoteLines<'_>>()),
        ("selected", generator.subschema_for::<Selected>()),
    ];
    let record = |(record, schema): (&str, Schema)| {
        let mut record = json!({
            "properties": {
                "record": {"description": "What the line is.", "const": record},
                "analysis": {"description": "Which analysis of the run it belongs to, from 0; only where there are several.", "type": "integer", "minimum": 0},
            },
            "required": ["record"],
        });
        if let (Some(record), Value::Object(reference)) = (record.as_object_mut(), schema.to_value()) {
            record.extend::<Map<_, _>>(reference);
        }
        record
    };
    records.into_iter().map(record).collect()
}

/// Makes the schema of what is written otherwise than its type says.
macro_rules! written_as {
    ($($name:ident, $title:literal, $schema:tt;)*) => {$(
        pub(super) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

written_as! {
    Time, "Time", {
        "description": "A time in UTC (RFC 3339), with as many digits after the second as the captures have.",
        "type": "string",
        "format": "date-time",
        "pattern": "Z$"
    };
    Seconds, "Seconds", {"description": "A length of time in seconds.", "type": "number"};
    Packets, "Packets", {
        "description": "Ranges of packets: the index of the capture in `captures`, the first packet and the last one. The first packet of a capture has the number 1.",
        "type": "array",
        "items": {"type": "array", "prefixItems": [{"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 0}], "items": false, "minItems": 3}
    };
}
