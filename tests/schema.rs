//! What other programs learn of this one: the JSON Schema, which every document keeps to, completions and manual pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use jsonschema::Validator;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use support::program::{captures, rvpscope};

fn schema(arguments: &[&str]) -> Value {
    let run = rvpscope(&[&["schema"], arguments].concat());
    assert_eq!((run.code, &*run.stderr), (Some(0), ""));
    serde_json::from_str(&run.stdout).unwrap()
}

fn validator(arguments: &[&str]) -> Validator {
    let schema = schema(arguments);
    assert!(jsonschema::meta::is_valid(&schema), "it is a schema");
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

fn check(validator: &Validator, document: &Value, what: &str) {
    let errors: Vec<String> = validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

/// All stories in one run, in a format.
fn stories(format: &str) -> String {
    let mut folders: Vec<_> = fs::read_dir(captures()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(folders.len() > 20, "the stories are there");
    let arguments = ["analyze", "--format", format].map(Into::into).into_iter().chain(folders.into_iter().map(PathBuf::into_os_string));
    let run = rvpscope(&arguments.collect::<Vec<_>>());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout
}

#[test]
fn every_document_keeps_to_the_schema() {
    let check_of = |what| validator(&[what]);
    let validator = validator(&[]);
    let batch: Value = serde_json::from_str(&stories("json")).unwrap();
    for analysis in batch["analyses"].as_array().unwrap() {
        check(&validator, analysis, analysis["captures"][0]["path"].as_str().unwrap());
    }
    check(&validator, &batch, "batch");
    assert!(check_of("batch").is_valid(&batch) && !check_of("analysis").is_valid(&batch));
    let analysis = &batch["analyses"][0];
    assert!(check_of("analysis").is_valid(analysis) && !check_of("batch").is_valid(analysis));
    check(&validator, &json!({"schema": "rvpscope.batch/1", "analyses": []}), "batch of nothing");
}

#[test]
fn every_line_keeps_to_its_schema() {
    let validator = validator(&["ndjson"]);
    let selected = rvpscope(&["analyze", "--format", "ndjson", "--filter", "bob", "callbacks-refused/server.pcap"]).stdout;
    assert!(selected.contains("\"record\":\"selected\""));
    for line in stories("ndjson").lines().chain(selected.lines()) {
        check(&validator, &serde_json::from_str(line).unwrap(), line);
    }
    for broken in [json!({}), json!({"record": "poem"}), json!({"record": "flows", "tcp": "many"})] {
        assert!(!validator.is_valid(&broken), "{broken}");
    }
}

/// Each change makes a valid document an invalid one, but for those that let it grow.
#[test]
fn what_is_broken_is_found() {
    let validator = validator(&["json"]);
    let run = rvpscope(&["analyze", "--format", "json", "callbacks-refused/server.pcap"]);
    let whole: Value = serde_json::from_str(&run.stdout).unwrap();
    for (place, value) in [
        ("/schema", json!("rvpscope.analysis/2")),
        ("/ledger/packets/read", json!(-1)),
        ("/sessions/0/first", json!("yesterday")),
        ("/sessions/0/callbacks/0/outcome", json!("lost")),
        ("/sessions/0/callbacks/0/packets", json!([[0, 1]])),
        ("/events/0/at", json!("2026-11-22T21:14:18+01:00")),
        ("/findings/0/severity", json!(null)),
        ("/findings/0/count", json!("4")),
        ("/captures", json!({})),
    ] {
        let mut broken = whole.clone();
        *broken.pointer_mut(place).unwrap() = value;
        assert!(!validator.is_valid(&broken), "{place}");
        let mut batch = json!({"schema": "rvpscope.batch/1", "analyses": [whole]});
        assert!(validator.is_valid(&batch));
        batch["analyses"][0] = broken;
        assert!(!validator.is_valid(&batch), "{place} in a batch");
    }
    for (place, name) in [("", "findings"), ("/sessions/0", "server"), ("/events/0", "summary"), ("/totals/requests", "total")] {
        let mut broken = whole.clone();
        broken.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        assert!(!validator.is_valid(&broken), "{place} without {name}");
        let mut grown = whole.clone();
        grown.pointer_mut(place).unwrap()["later"] = json!([1]);
        check(&validator, &grown, place);
    }
}

/// Whoever reads the schema learns what each field means.
#[test]
fn every_field_has_a_description() {
    fn look(value: &Value, path: &str, without: &mut Vec<String>) {
        let Value::Object(fields) = value else {
            if let Value::Array(items) = value {
                for item in items {
                    look(item, path, without);
                }
            }
            return;
        };
        if let Some(Value::Object(properties)) = fields.get("properties") {
            for (name, property) in properties {
                let tells = property.get("description").is_some() || property.get("const").is_some();
                if !tells && path != "/oneOf" {
                    without.push(format!("{path}/{name}"));
                }
            }
        }
        fields.iter().for_each(|(name, value)| look(value, &format!("{path}/{name}"), without));
    }
    for arguments in [&[][..], &["analysis"], &["batch"], &["ndjson"]] {
        let schema = schema(arguments);
        let mut without = Vec::new();
        look(&schema, "", &mut without);
        assert!(without.is_empty(), "{without:?}");
        assert!(!schema.to_string().contains("[`"), "links of the source's own documentation mean nothing there");
        assert!(!schema.to_string().contains("additionalProperties\":false"), "documents may grow");
    }
}

/// The commands of the program, as its help lists them.
fn commands() -> Vec<String> {
    let help = rvpscope(&["--help"]).stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let named = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let commands: Vec<String> = named.filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect();
    assert!(commands.len() >= 6, "{commands:?}");
    commands
}

#[test]
fn completions_name_all_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = rvpscope(&["completions", shell]);
        assert_eq!((run.code, &*run.stderr), (Some(0), ""));
        for command in commands() {
            assert!(run.stdout.contains(&command), "{shell}: {command}");
        }
    }
    assert_eq!(rvpscope(&["completions", "tea"]).code, Some(2));
}

#[test]
fn manual_pages_name_all_commands_and_arguments() {
    let all = rvpscope(&["man"]);
    assert_eq!((all.code, &*all.stderr), (Some(0), ""));
    for command in commands() {
        assert!(all.stdout.contains(&format!("rvpscope\\-{command}")), "{command}: {}", all.stdout);
        let page = rvpscope(&["man", &command]);
        assert_eq!(page.code, Some(0));
        assert!(page.stdout.contains(&format!(".TH rvpscope-{command} ")), "{}", page.stdout);
    }
    assert!(rvpscope(&["man", "analyze"]).stdout.contains("\\-\\-format"));
    assert_eq!(rvpscope(&["man", "poem"]).code, Some(2));
}
