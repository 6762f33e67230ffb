//! Which one of several flow tables a packet belongs to. All packets of a connection, and all errors about it, belong to the same one.

use crate::base::address::Endpoint;
use std::net::IpAddr;

/// The number, below `shards`, of the table in which the flows between these endpoints are, whoever sends. VLAN tags don't count: the two
/// directions of a flow may have different ones. It is the same in every run, so that what happens at the ceilings of a table is, too.
pub fn shard_of(one: Endpoint, other: Endpoint, shards: usize) -> usize {
    let both = mix(word(one).wrapping_add(word(other)));
    // The high half is mixed best; scaled to the number of shards it is never as large as that.
    (((both >> 32) * shards as u64) >> 32) as usize
}

/// An endpoint as one number, mixed so that the sum of two doesn't repeat itself with neighbouring addresses and ports.
fn word(endpoint: Endpoint) -> u64 {
    let port = u64::from(endpoint.port);
    match endpoint.ip {
        IpAddr::V4(ip) => mix((u64::from(u32::from(ip)) << 16) | port),
        IpAddr::V6(ip) => {
            let bits = u128::from(ip);
            mix(mix((bits >> 64) as u64) ^ (bits as u64) ^ (port << 48))
        }
    }
}

/// Spreads every bit of `word` over all bits of the result.
const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 29)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    word ^ (word >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_belong_together_and_connections_are_spread_evenly() {
        let mut counts = [0; 16];
        for port in 1024..9216 {
            let client = Endpoint::new([10, 0, (port % 7) as u8, 1].into(), port);
            for server in [Endpoint::new([10, 0, 0, 2].into(), 80), Endpoint::new("fe80::2".parse().unwrap(), 80)] {
                let shard = shard_of(client, server, 16);
                assert_eq!(shard, shard_of(server, client, 16));
                counts[shard] += 1;
            }
        }
        assert!(counts.iter().all(|count| (900..1150).contains(count)), "{counts:?}");
        let one = Endpoint::new([10, 0, 0, 1].into(), 80);
        assert_eq!(shard_of(one, one, 1), 0);
    }
}
