//! Access control lists (draft-osborne-rvp-00 §5.7).

use super::principal::Principal;
use super::xml::Element;
use serde::Serialize;
use std::borrow::Cow;

/// The document `rvpacl`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Acl {
    /// `inheritance`; only `none` is in use.
    pub inheritance: Option<String>,
    /// Its entries in order.
    pub aces: Vec<Ace>,
}

/// One access control entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ace {
    /// Whom it is about.
    pub principal: AcePrincipal,
    /// The kinds of credentials that count: `assertion`, `digest`, `ntlm`, `internal`, `any`.
    pub credentials: Vec<String>,
    /// The rights that are granted, such as `send-to` or `presence`.
    pub grant: Vec<String>,
    /// The rights that are denied.
    pub deny: Vec<String>,
}

/// Whom an access control entry is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AcePrincipal {
    /// `allprincipals`
    All,
    /// `rvp-principal`
    Principal(Principal),
    /// Neither could be read.
    Unknown,
}

impl Acl {
    /// Reads the element `rvpacl`.
    pub fn read(element: Element<'_>) -> Self {
        let aces = element.find_all("ace").map(Ace::read);
        Self { inheritance: element.value_of("inheritance").map(Cow::into_owned), aces: aces.collect() }
    }
}

impl Ace {
    fn read(ace: Element<'_>) -> Self {
        let names =
            |list: &str| ace.find(list).map(|list| list.children().map(|child| child.name().to_owned()).collect()).unwrap_or_default();
        let principal = match ace.value_of("rvp-principal") {
            Some(principal) => AcePrincipal::Principal(Principal::new(&principal)),
            None if ace.find("allprincipals").is_some() => AcePrincipal::All,
            None => AcePrincipal::Unknown,
        };
        Self { principal, credentials: names("credentials"), grant: names("grant"), deny: names("deny") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::Limits;
    use crate::rvp::xml::Reader;

    fn read(text: &str) -> Acl {
        Acl::read(Reader::default().read(text, &Limits::default()).roots().next().unwrap())
    }

    #[test]
    fn reads_a_list() {
        let acl = read(
            "<?xml version=\"1.0\"?>\n<a:rvpacl xmlns:a='http://schemas.microsoft.com/rvp/acl/'><a:acl><a:inheritance>none</a:inheritance><a:ace><a:principal><a:allprincipals/><a:credentials><a:assertion/><a:digest/><a:ntlm/></a:credentials></a:principal><a:grant><a:list/><a:read/><a:send-to/><a:presence/></a:grant><a:deny/></a:ace><a:ace><a:principal><a:rvp-principal>http://im.example.test/instmsg/aliases/bob</a:rvp-principal><a:credentials><a:any/></a:credentials></a:principal><a:grant/><a:deny><a:send-to/></a:deny></a:ace></a:acl></a:rvpacl>",
        );
        assert_eq!(acl.inheritance.as_deref(), Some("none"));
        let [all, bob] = acl.aces.as_slice() else { panic!("{acl:?}") };
        assert_eq!(all.principal, AcePrincipal::All);
        assert_eq!(all.credentials, ["assertion", "digest", "ntlm"]);
        assert_eq!((all.grant.join(" "), all.deny.len()), ("list read send-to presence".to_owned(), 0));
        assert_eq!(bob.principal, AcePrincipal::Principal(Principal::new("http://im.example.test/instmsg/aliases/bob")));
        assert_eq!((bob.grant.len(), bob.deny.join(" ")), (0, "send-to".to_owned()));
    }

    #[test]
    fn an_unclosed_principal_takes_nothing_from_its_entry() {
        let acl = read(
            "<rvpacl><acl><ace><principal><rvp-principal>im.example.test<credentials><ntlm/></credentials></principal><grant><read/></grant></ace></acl></rvpacl>",
        );
        assert_eq!(
            acl.aces,
            [Ace {
                principal: AcePrincipal::Principal(Principal::new("im.example.test")),
                credentials: vec!["ntlm".into()],
                grant: vec!["read".into()],
                deny: vec![]
            }]
        );
    }
}
