//! Which message is which, which are lost, and what cannot be told.

use crate::base::time::{Span, Timestamp};
use crate::session::polling::handover::{Later, Sent, join};

fn second(second: i64) -> Timestamp {
    Timestamp::from_nanos(second * 1_000_000_000)
}

fn sent(at: i64) -> Sent {
    Sent { at: second(at), refused: false, called_back: false }
}

fn joined(sent: &[Sent], handed: &[i64]) -> (Vec<Vec<usize>>, Vec<usize>) {
    let joined = join(sent, &handed.iter().map(|at| second(*at)).collect::<Vec<_>>(), Span::from_millis(20));
    (joined.by_message, joined.alone)
}

#[test]
fn equal_messages_are_served_in_their_order() {
    assert_eq!(joined(&[sent(0), sent(1)], &[5, 5]), (vec![vec![0], vec![1]], vec![]));
    assert_eq!(joined(&[sent(0), sent(6)], &[5, 8]), (vec![vec![0], vec![1]], vec![]));
}

#[test]
fn what_comes_once_more_came_twice() {
    assert_eq!(joined(&[sent(0)], &[5, 10]), (vec![vec![0, 1]], vec![]));
    assert_eq!(joined(&[sent(0), sent(12)], &[5, 10, 15]), (vec![vec![0, 1], vec![2]], vec![]));
}

#[test]
fn what_nobody_was_seen_to_send_stands_alone() {
    assert_eq!(joined(&[], &[5, 10]), (vec![], vec![0, 1]));
    assert_eq!(joined(&[sent(7)], &[5, 10]), (vec![vec![1]], vec![0]));
}

#[test]
fn a_refused_message_comes_only_where_no_other_waits() {
    let refused = Sent { refused: true, ..sent(0) };
    assert_eq!(joined(&[refused, sent(1)], &[5]), (vec![vec![], vec![0]], vec![]));
    assert_eq!(joined(&[refused], &[5]), (vec![vec![0]], vec![]));
}

#[test]
fn what_a_callback_delivered_comes_a_second_time() {
    let delivered = Sent { called_back: true, ..sent(0) };
    assert_eq!(joined(&[delivered, sent(2)], &[5, 6]), (vec![vec![], vec![0, 1]], vec![]));
    assert_eq!(joined(&[delivered], &[5]), (vec![vec![0]], vec![]));
}

#[test]
fn only_a_later_poll_that_was_read_must_have_brought_it() {
    let polls = [(second(0), Some(true)), (second(5), Some(false)), (second(10), Some(true))];
    let later = Later::new(&polls);
    let end = second(1000);
    assert_eq!(later.must_have_brought(second(3), end), Some(2), "the failed one brings nothing");
    assert_eq!(later.must_have_brought(second(3), second(10)), None, "logged off before");
    assert_eq!(later.must_have_brought(second(10), end), None, "none came after it");
    let hidden = Later::new(&[(second(0), Some(true)), (second(5), None), (second(10), Some(true))]);
    assert_eq!(hidden.must_have_brought(second(3), end), None, "it may be in what the capture lacks");
    assert_eq!(hidden.must_have_brought(second(6), end), Some(2));
    assert_eq!(Later::new(&[]).must_have_brought(second(3), end), None);
}
