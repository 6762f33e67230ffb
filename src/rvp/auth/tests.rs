//! Tests of authentication: messages of librvp, messages built by hand, hostile ones; and that no secret is kept.

use super::*;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

const TYPE_1: &str = "NTLM TlRMTVNTUAABAAAABwIAAAcABwAyAAAACgAKACgAAAAIkwBQDwAAADEwLjc3LjIuMTBFWEFNUExF";
const TYPE_2: &str = "NTLM TlRMTVNTUAACAAAADgAOADAAAAAFggAA0hoLf0xe1lsAAAAAAAAAAAAAAAA+AAAARQBYAEEATQBQAEwARQA=";
const TYPE_3: &str = "NTLM TlRMTVNTUAADAAAAGAAYAGgAAAAYABgAgAAAAA4ADgBAAAAABgAGAE4AAAAUABQAVAAAAAAAAACYAAAAAAAAAEUAWABBAE0AUABMAEUAYgBvAGIAMQAwAC4ANwA3AC4AMgAuADEAMABXr9EJC0ENB93JUP1i8RHFycWykjt63hkYkC9iVZZ5htdC38Knjn6JrX7roNjBmCE=";

fn names(value: &str) -> (Option<String>, Option<String>, Option<String>) {
    let read = read_authorization(value);
    (read.domain, read.user, read.workstation)
}

fn strings(domain: &str, user: &str, workstation: &str) -> (Option<String>, Option<String>, Option<String>) {
    (some(domain), some(user), some(workstation))
}

#[test]
fn reads_the_handshake_of_librvp() {
    assert_eq!(names(TYPE_1), strings("EXAMPLE", "", "10.77.2.10"));
    assert_eq!(read_authorization(TYPE_1).ntlm, Some(NtlmMessage { kind: 1, flags: 0x207, target: None }));
    assert_eq!(names(TYPE_3), strings("EXAMPLE", "bob", "10.77.2.10"));
    assert_eq!(read_authorization(TYPE_3).ntlm, Some(NtlmMessage { kind: 3, flags: 0, target: None }));
    let [challenge] = read_challenges([TYPE_2]).try_into().unwrap();
    assert_eq!(challenge.ntlm, Some(NtlmMessage { kind: 2, flags: 0x8205, target: Some("EXAMPLE".into()) }));
}

#[test]
fn reads_ntlm_inside_negotiate() {
    let bare = TYPE_3.replace("NTLM ", "Negotiate ");
    assert_eq!(names(&bare), strings("EXAMPLE", "bob", "10.77.2.10"));
    let mut wrapped = vec![0xa1, 0x81, 0xb0, 0x30, 0x81, 0xad];
    wrapped.extend(STANDARD.decode(TYPE_3.strip_prefix("NTLM ").unwrap()).unwrap());
    assert_eq!(names(&format!("negotiate {}", STANDARD.encode(wrapped))), strings("EXAMPLE", "bob", "10.77.2.10"));
    let kerberos = read_authorization("Negotiate YIIFSgYGKwYBBQUCoIIF");
    assert_eq!((kerberos.ntlm.clone(), kerberos.is_unreadable()), (None, false));
}

/// A type 3 in the OEM character set whose payload starts right behind its last field, without flags.
#[test]
fn reads_an_old_type_3() {
    let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
    let mut payload: Vec<u8> = Vec::new();
    for text in ["lm-response", "", "WINDOM", "ana", "PC7"] {
        let length = u16::try_from(text.len()).unwrap();
        message.extend([length.to_le_bytes(), length.to_le_bytes()].concat());
        message.extend(u32::try_from(52 + payload.len()).unwrap().to_le_bytes());
        payload.extend(text.as_bytes());
    }
    message.extend(payload);
    let value = format!("NTLM {}", STANDARD.encode(&message));
    assert_eq!(names(&value), strings("WINDOM", "ana", "PC7"));
    assert!(!format!("{:?}", read_authorization(&value)).contains("lm-response"));
    // The 40 bytes of NT 4: no target.
    let mut old = b"NTLMSSP\0\x02\0\0\0\0\0\0\0\x28\0\0\0\x01\x82\0\0".to_vec();
    old.extend([7; 8]);
    old.extend([0; 8]);
    let challenges = read_challenges([format!("NTLM {}", STANDARD.encode(&old)).as_str()]);
    assert_eq!(challenges[0].ntlm, Some(NtlmMessage { kind: 2, flags: 0x8201, target: None }));
}

#[test]
fn offsets_outside_the_message_give_no_name() {
    let good = STANDARD.decode(TYPE_3.strip_prefix("NTLM ").unwrap()).unwrap();
    for (at, bytes) in [(40, [0xff; 4]), (40, [0xff, 0xff, 0xff, 0x7f]), (36, [0xff; 4])] {
        let mut message = good.clone();
        message[at..at + 4].copy_from_slice(&bytes);
        let (domain, user, _) = names(&format!("NTLM {}", STANDARD.encode(message)));
        assert_eq!((domain.as_deref(), user), (Some("EXAMPLE"), None));
    }
    for end in 0..TYPE_3.len() {
        let read = read_authorization(&TYPE_3[..end]);
        assert_eq!(read.user.is_some(), end >= "NTLM ".len() + 112, "cut at {end}");
    }
}

#[test]
fn reads_digest_names_in_all_spellings() {
    for username in ["EXAMPLE\\bob", "EXAMPLE\\\\bob", "EXAMPLE/bob"] {
        let read = read_authorization(&format!(
            "Digest username=\"{username}\", realm=\"im, \\\"x\\\"\", nonce=\"n0nce\", uri=\"/\", response=\"5ec7e7\", cnonce=\"c1\", qop=\"auth\", nc=00000001"
        ));
        assert_eq!(
            (read.domain.as_deref(), read.user.as_deref(), read.realm.as_deref()),
            (Some("EXAMPLE"), Some("bob"), Some("im, \"x\""))
        );
        let kept = format!("{read:?}");
        for secret in ["n0nce", "5ec7e7", "c1"] {
            assert!(!kept.contains(secret), "{kept}");
        }
    }
    assert!(read_authorization("Digest realm=\"x\"").is_unreadable());
}

#[test]
fn basic_gives_the_user_only() {
    let read = read_authorization(&format!("Basic {}", STANDARD.encode("EXAMPLE\\bob:pa55:word")));
    assert_eq!((read.domain.as_deref(), read.user.as_deref()), (Some("EXAMPLE"), Some("bob")));
    assert!(!format!("{read:?}").contains("pa55"));
    let no_colon = read_authorization(&format!("Basic {}", STANDARD.encode("pa55word")));
    assert_eq!((no_colon.user.as_deref(), no_colon.is_unreadable()), (None, true));
}

#[test]
fn a_secret_without_a_scheme_is_not_kept() {
    assert_eq!(read_authorization("c2VjcmV0").scheme, Scheme::Other(String::new()));
    assert_eq!(read_authorization("Bearer c2VjcmV0").scheme, Scheme::Other("Bearer".into()));
    for value in ["c2VjcmV0", "c2VjcmV0=="] {
        assert!(!format!("{:?}", read_challenges([value])).contains("c2Vj"), "{value}");
    }
}

#[test]
fn reads_challenges_in_one_line_or_in_several() {
    let wanted = [
        Challenge { scheme: Scheme::Negotiate, realm: None, ntlm: None },
        Challenge { scheme: Scheme::Ntlm, realm: None, ntlm: None },
        Challenge { scheme: Scheme::Digest, realm: Some("example, test".into()), ntlm: None },
    ];
    assert_eq!(read_challenges(["Negotiate, NTLM, Digest qop=\"auth\", realm=\"example, test\", nonce=\"n0\""]), wanted);
    assert_eq!(read_challenges(["Negotiate", "ntlm", "Digest realm=\"example, test\""]), wanted);
    assert_eq!(read_challenges(["Basic realm = open"])[0].realm.as_deref(), Some("open"));
    assert_eq!(read_challenges(["", ",", "realm=\"x\""]), []);
    assert_eq!(read_challenges(["a b,".repeat(1000).as_str()]).len(), CHALLENGES);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_message_makes_it_panic(kind in 0_u8..5, bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let message = [b"NTLMSSP\0".as_slice(), &[kind, 0, 0, 0], &bytes].concat();
        let value = format!("NTLM {}", STANDARD.encode(message));
        let read = read_authorization(&value);
        prop_assert_eq!(read.ntlm.is_some(), (1..=3).contains(&kind));
        let _ = read_challenges([value.as_str()]);
    }

    #[test]
    fn no_header_makes_it_panic(value in "(NTLM|Digest|Basic|Negotiate|username|realm|=|\"|,|\\\\| |é|\\PC){0,30}") {
        let _ = read_authorization(&value);
        prop_assert!(read_challenges([value.as_str()]).len() <= CHALLENGES);
    }
}
