//! MPLS (RFC 3032): a stack of labels. Nothing says what is below it, so the first four bits have to (RFC 4928).

use crate::net::layer::{Identity, Layer, Step};
use crate::net::view::View;

/// Takes off the labels.
pub(in crate::net) fn read<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    const BOTTOM: u8 = 0x01;
    let mut rest = view;
    loop {
        let ([_, _, label, _ttl], behind) = rest.take::<4>()?;
        rest = behind;
        if label & BOTTOM != 0 {
            break;
        }
    }
    let below = match rest.version()? {
        4 | 6 => return Some((Layer::Ip, rest)),
        // A control word (RFC 4385), or an address that happens to begin with zeros: believed where only one of them makes sense.
        0 => match (rest.skip(4).filter(|behind| is_ethernet(*behind)), is_ethernet(rest)) {
            (Some(behind), false) => Some(behind),
            (None, true) => Some(rest),
            _ => None,
        },
        // An associated channel (RFC 5586): no traffic.
        1 => None,
        _ => Some(rest).filter(|rest| is_ethernet(*rest)),
    };
    let Some(frame) = below else { return Some((Layer::Other, rest)) };
    identity.inner_ethernet();
    Some((Layer::Ethernet, frame))
}

/// Whether this looks like an Ethernet frame that carries IP, perhaps with a tag.
fn is_ethernet(view: View<'_>) -> bool {
    let kind = view.skip(12).and_then(View::take_u16);
    kind.is_some_and(|(kind, _)| matches!(kind, 0x0800 | 0x86dd | 0x8100 | 0x88a8 | 0x8864))
}
