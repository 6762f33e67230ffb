//! What a user may set, written in RON, and what is set where nothing is said.
//!
//! This module only reads text; where the text comes from is the business of the program's surface.

use crate::base::notation;
pub use crate::base::notation::Mistake;
use serde::Deserialize;

/// All settings.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What polls look like, in the order in which they are tried.
    pub signatures: Vec<Signature>,
    /// From what on findings speak.
    pub thresholds: ThresholdSettings,
}

/// From what on findings speak; what is not named stays as it is. Names and meaning are those of the thresholds in `analysis`, times in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the meaning of each stands with the threshold of its name")]
pub struct ThresholdSettings {
    pub renewal_margin_s: Option<f64>,
    pub lapse_grace_s: Option<f64>,
    pub ntlm_challenges: Option<u32>,
    pub digest_challenges: Option<u32>,
    pub challenge_wait_s: Option<f64>,
    pub redirects: Option<u32>,
    pub redirect_step_s: Option<f64>,
    pub slow_delivery_s: Option<f64>,
    pub callback_due_s: Option<f64>,
    pub path_seen_s: Option<f64>,
    pub callback_tries: Option<u32>,
    pub idle_polls: Option<u64>,
    pub polls_per_message: Option<u64>,
}

/// What one sort of poll looks like. A request matches if all that is said here is so.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// What reports call it.
    pub name: String,
    /// Where it comes from, for people.
    #[serde(default)]
    pub about: String,
    /// The methods; none means any.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Whether such a request serves nothing but polling: then it is a poll even if no answer ever brings anything.
    #[serde(default)]
    pub only_polling: bool,
    /// The node that is asked.
    #[serde(default)]
    pub target: Target,
    /// What the header fields must be.
    #[serde(default)]
    pub headers: Vec<HeaderRule>,
    /// What the request's body must be.
    #[serde(default)]
    pub body: BodyRule,
    /// Which answers count as carrying something; an answer 2xx or 3xx that does not is empty.
    #[serde(default)]
    pub carrying: Carrying,
    /// The statuses of all answers below 400; none means any.
    #[serde(default)]
    pub answers: Vec<u16>,
}

/// Which node is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Target {
    /// Any.
    #[default]
    Any,
    /// That of the principal who asks.
    Own,
}

/// What a header field of the request must be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub enum HeaderRule {
    /// It is there.
    Has(String),
    /// It is not there.
    Lacks(String),
    /// It is there and has this value, in any case.
    Is(String, String),
}

/// What the body of the request must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum BodyRule {
    /// Anything or nothing.
    #[default]
    Any,
    /// Nothing.
    Empty,
    /// Something.
    Present,
}

/// Which answers count as carrying something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Carrying {
    /// Those that hold a notification.
    #[default]
    Notification,
    /// Those below 300 with any body, too.
    Body,
    /// Those with one of these statuses, too.
    Statuses(Vec<u16>),
}

impl Settings {
    /// Reads settings as a user wrote them. What they do not name is empty.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        notation::read(text)
    }

    /// What is set where nothing is said.
    pub fn shipped() -> Self {
        // A test holds that this text can be read.
        Self::read(include_str!("settings/signatures.ron")).unwrap_or_default()
    }

    /// These settings, and behind them the shipped ones.
    #[must_use]
    pub fn over_shipped(mut self) -> Self {
        self.signatures.extend(Self::shipped().signatures);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_settings_can_be_read() {
        let shipped = Settings::read(include_str!("settings/signatures.ron")).unwrap();
        let names: Vec<_> = shipped.signatures.iter().map(|signature| signature.name.as_str()).collect();
        assert_eq!(names, ["store-style", "gena-style", "reused-method"]);
        assert_eq!(shipped, Settings::shipped());
    }

    #[test]
    fn an_own_signature_stands_before_the_shipped_ones() {
        let text = r#"(signatures: [(name: "ours", methods: ["XPOLL"], target: Own, headers: [Is("X-Wait", "30"), Lacks("Call-Back")],
            body: Empty, carrying: Statuses([207]), answers: [204, 207])])"#;
        let settings = Settings::read(text).unwrap().over_shipped();
        assert_eq!(settings.signatures.len(), 4);
        let ours = &settings.signatures[0];
        assert_eq!((ours.name.as_str(), ours.only_polling, ours.target), ("ours", false, Target::Own));
        assert_eq!(ours.headers, [HeaderRule::Is("X-Wait".into(), "30".into()), HeaderRule::Lacks("Call-Back".into())]);
        assert_eq!((ours.body, &ours.carrying), (BodyRule::Empty, &Carrying::Statuses(vec![207])));
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let mistake = Settings::read("(\n  signatures: [\n    (nmae: \"x\"),\n  ],\n)").unwrap_err();
        assert_eq!(mistake.line, 3);
        assert!(mistake.to_string().starts_with("line 3, column "), "{mistake}");
        assert!(mistake.what.contains("nmae"), "{mistake}");
        assert!(Settings::read("").is_err());
    }
}
