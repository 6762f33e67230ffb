//! Which one of several flow tables a packet belongs to. All packets of a connection, and all errors about it, belong to the same one.

use crate::base::address::Endpoint;
use std::net::IpAddr;

/// The number, below `shards`, of the table in which the flows between these endpoints are, whoever sends. VLAN tags don't count: the two
/// directions of a flow may have different ones. It is the same in every run, so that what happens at the ceilings of a table is, too.
#[inline]
pub fn shard_of(one: Endpoint, other: Endpoint, shards: usize) -> usize {
    let (one, other) = (word(one), word(other));
    // What stays the same where the two change places: their sum, and in which bits they differ.
    let both = mix(one.wrapping_add(other) ^ 0x243f_6a88_85a3_08d3, (one ^ other) ^ 0x1319_8a2e_0370_7344);
    // Scaled to the number of shards, the high half is never as large as that.
    (((both >> 32) * shards as u64) >> 32) as usize
}

/// An endpoint as one number.
#[inline]
fn word(endpoint: Endpoint) -> u64 {
    let port = u64::from(endpoint.port);
    match endpoint.ip {
        IpAddr::V4(ip) => (u64::from(u32::from(ip)) << 16) | port,
        IpAddr::V6(ip) => {
            let bits = u128::from(ip);
            mix((bits >> 64) as u64 ^ 0xa409_3822_299f_31d0, bits as u64 ^ 0x082e_fa98_ec4e_6c89) ^ (port << 48)
        }
    }
}

/// Spreads the bits of two words over all bits of the result.
#[inline]
const fn mix(one: u64, other: u64) -> u64 {
    let product = (one as u128) * (other as u128);
    (product as u64) ^ (product >> 64) as u64
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
