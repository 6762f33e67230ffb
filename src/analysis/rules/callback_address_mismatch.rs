//! Log-ons whose Call-Back names another host than the one that the server sees.

use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::base::text::shortened;
use crate::session::fact::{Fact, What};
use std::net::IpAddr;

static META: Meta = Meta {
    code: "RVP107",
    slug: "callback-address-mismatch",
    severity: Severity::Warning,
    title: "The client asks for callbacks to another address than its own",
    meaning: "At log-on the client told the server an address for callbacks (Call-Back) that is not the address from which its connection reached the \
              capture point. Behind a NAT or a proxy a client names its inner address, which the server cannot reach, or which means another machine \
              there. A machine with several network interfaces may name one that has no way to the server. A private (RFC 1918), loopback or \
              link-local address cannot be reached from elsewhere at all. A host name works only if the server resolves it to the client.",
    remedy: "Let the client log on from where the server can reach it: without NAT, through a VPN, or with a fixed Call-Back port that the NAT forwards \
             and an outer address in the Call-Back. Exchange 2000 SP1's polling mode was made for such clients, made servers unstable, and was withdrawn \
             (KB870570); Live Communications Server 2003 uses one connection in both directions instead.",
    sources: &[
        "draft-osborne-rvp-00, section 5 (Call-Back)",
        "KB283022 (proxies and network address translation)",
        "KB870570 (polling is no longer supported)",
    ],
    shown_by: "callbacks-behind-nat",
    not_by: "callbacks-prohibited",
};

pub(super) const RULE: Entry = Entry { meta: &META, new: |_| Box::new(AddressMismatch) };

struct AddressMismatch;

impl Rule for AddressMismatch {
    fn wants(&self) -> Wants {
        Wants::REQUESTS
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        let What::Request(request) = &fact.what else { return };
        let Some(call_back) = request.call_back.as_ref().filter(|call_back| request.log_on && !call_back.is_principal()) else { return };
        let (about, seen) = match call_back.endpoint {
            Some(endpoint) if endpoint.ip == request.client.ip => return,
            Some(endpoint) => (
                format!("Call-Back {endpoint}, but the client is seen as {}", request.client.ip),
                kind(endpoint.ip).map_or_else(
                    || "The client named an address that is not the one it came from.".to_owned(),
                    |kind| format!("The client named {kind}."),
                ),
            ),
            None if call_back.host().is_empty() => return,
            None => (
                format!("Call-Back to the host name {}", shortened(call_back.host(), 60)),
                "Whether the server can resolve it, and to what, is not visible from here.".to_owned(),
            ),
        };
        let certainty = if call_back.endpoint.is_some() { Certainty::Seen } else { Certainty::Inferred };
        let severity = call_back.endpoint.is_none().then_some(Severity::Info);
        findings.add(&META, Found { at: fact.at, session: fact.session, about, severity, certainty, seen, origin: fact.origin.unpack() });
    }
}

/// What an address is that cannot be reached from everywhere, in words.
pub(in crate::analysis) fn kind(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) if ip.is_loopback() => Some("its own loopback address"),
        IpAddr::V4(ip) if ip.is_private() => Some("a private address (RFC 1918)"),
        IpAddr::V4(ip) if ip.is_link_local() => Some("a link-local address (RFC 3927)"),
        IpAddr::V4(ip) if ip.is_unspecified() => Some("no address at all"),
        // Carrier-grade NAT.
        IpAddr::V4(ip) if u32::from(ip) & 0xffc0_0000 == 0x6440_0000 => Some("an address shared behind a NAT (RFC 6598)"),
        IpAddr::V6(ip) if ip.is_loopback() => Some("its own loopback address"),
        IpAddr::V6(ip) if ip.is_unique_local() => Some("a unique local address (RFC 4193)"),
        IpAddr::V6(ip) if ip.is_unicast_link_local() => Some("a link-local address (RFC 4291)"),
        IpAddr::V6(ip) if ip.is_unspecified() => Some("no address at all"),
        _ => None,
    }
}
