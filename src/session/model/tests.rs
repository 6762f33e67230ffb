//! Tests of how subscriptions end.

use super::*;

const LAST_PACKET: i64 = 1_000;

fn second(second: i64) -> Timestamp {
    Timestamp::default().after(Span::from_secs(second))
}

/// A subscription that was granted at `granted_at` for `granted_s` seconds.
fn subscription(granted_at: Option<i64>, granted_s: Option<u64>) -> Subscription {
    Subscription {
        id: "98213".into(),
        kind: None,
        node: Principal::default(),
        call_back: None,
        at: second(1),
        requested_s: Some(14_000),
        granted_s,
        granted_at: granted_at.map(second),
        renewals: 0,
        end: SubscriptionEnd::Live,
        origin: Packed::default(),
    }
}

fn settled(mut subscription: Subscription) -> SubscriptionEnd {
    subscription.settle(second(LAST_PACKET));
    subscription.end
}

#[test]
fn it_expires_at_or_before_the_captures_last_packet() {
    assert_eq!(settled(subscription(Some(900), Some(99))), SubscriptionEnd::Expired);
    assert_eq!(settled(subscription(Some(900), Some(100))), SubscriptionEnd::Expired, "exactly at the last packet");
    assert_eq!(settled(subscription(Some(900), Some(101))), SubscriptionEnd::Live);
}

#[test]
fn a_lifetime_of_zero_is_over_at_once() {
    assert_eq!(settled(subscription(Some(1_000), Some(0))), SubscriptionEnd::Expired);
}

#[test]
fn the_last_nanosecond_counts() {
    let mut almost = subscription(Some(900), Some(100));
    almost.settle(Timestamp::from_nanos(second(LAST_PACKET).nanos() - 1));
    assert_eq!(almost.end, SubscriptionEnd::Live);
}

#[test]
fn without_a_grant_or_renewal_nothing_is_known() {
    assert_eq!(settled(subscription(None, None)), SubscriptionEnd::Unknown);
    assert_eq!(settled(subscription(None, Some(1))), SubscriptionEnd::Unknown);
}

#[test]
fn a_grant_without_a_lifetime_never_ends() {
    let permanent = subscription(Some(1), None);
    assert_eq!(permanent.expires(), None);
    assert_eq!(settled(permanent), SubscriptionEnd::Live);
}

#[test]
fn the_requested_lifetime_binds_nobody() {
    let short_wish = Subscription { requested_s: Some(1), ..subscription(Some(900), Some(14_000)) };
    assert_eq!(settled(short_wish), SubscriptionEnd::Live);
}

#[test]
fn what_the_subscriber_ended_stays_ended() {
    for (granted_at, granted_s) in [(Some(1), Some(10)), (Some(1), Some(100_000)), (None, None)] {
        let ended = Subscription { end: SubscriptionEnd::Unsubscribed, ..subscription(granted_at, granted_s) };
        assert_eq!(settled(ended), SubscriptionEnd::Unsubscribed);
    }
}

#[test]
fn a_lifetime_beyond_all_time_is_not_over() {
    let mut eternal = subscription(Some(900), Some(u64::MAX));
    eternal.settle(second(LAST_PACKET));
    assert_eq!(eternal.end, SubscriptionEnd::Live);
}

#[test]
fn settling_again_later_tells_the_later_end() {
    let mut subscription = subscription(Some(900), Some(200));
    subscription.settle(second(1_000));
    assert_eq!(subscription.end, SubscriptionEnd::Live);
    subscription.settle(second(1_100));
    assert_eq!(subscription.end, SubscriptionEnd::Expired);
}
