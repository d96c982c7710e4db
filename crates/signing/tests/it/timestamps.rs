//! Timestamps (RFC 3161) of a stand-in for an authority, whole, cut, changed, and held against others.

use chainwright_attestations::Der;
use chainwright_signing::certificates::certificates_from_pem;
use chainwright_signing::timestamp::{AskError, Authority, Request, check};
use chainwright_signing::{Refused, Roots, Time};
use chainwright_stand_in::{Mood, StandIn};
use proptest::prelude::*;

const SIGNATURE: &[u8] = b"the bytes of a signature";

struct Stamped {
    service: StandIn,
    token: Vec<u8>,
}

impl Stamped {
    fn new() -> Self {
        let service = StandIn::start(Mood::Helpful);
        let request = Request::new(SIGNATURE, 7).unwrap();
        let token = service.stamp(request.bytes());
        assert_eq!(request.check(&token), Ok(()));
        Self { service, token }
    }

    fn trusted(&self) -> Authority {
        let root = self.service.timestamp_root();
        Authority::under(Roots::from_pem(root.as_bytes()).unwrap())
    }

    fn check(&self, token: &[u8]) -> Result<Time, Refused> {
        check(token, SIGNATURE, &[self.trusted()])
    }
}

#[test]
fn a_timestamp_proves_its_time_to_those_who_trust_its_authority() {
    let stamped = Stamped::new();
    let time = stamped.check(&stamped.token).unwrap();
    assert!(time > Time(1_700_000_000), "{time}");
    let other = check(&stamped.token, b"another signature", &[stamped.trusted()]);
    assert!(
        matches!(other, Err(Refused::BadTimestamp { .. })),
        "{other:?}"
    );
    let nobody = check(&stamped.token, SIGNATURE, &[]);
    assert!(matches!(nobody, Err(Refused::UntrustedTimestamp { .. })));
    let stranger = Stamped::new().trusted();
    let untrusted = check(&stamped.token, SIGNATURE, std::slice::from_ref(&stranger));
    assert!(matches!(untrusted, Err(Refused::UntrustedTimestamp { .. })));
    let both = [stranger, stamped.trusted()];
    assert_eq!(check(&stamped.token, SIGNATURE, &both), Ok(time));
}

#[test]
fn an_authority_is_trusted_for_its_time_and_its_certificate_alone() {
    let stamped = Stamped::new();
    let time = stamped.check(&stamped.token).unwrap();
    let held = |authority| check(&stamped.token, SIGNATURE, &[authority]);
    for (begins, ends, is_trusted) in [
        (None, None, true),
        (Some(time), Some(time), true),
        (Some(Time(time.0 + 1)), None, false),
        (None, Some(Time(time.0 - 1)), false),
    ] {
        let authority = Authority {
            begins,
            ends,
            ..stamped.trusted()
        };
        assert_eq!(held(authority).is_ok(), is_trusted, "{begins:?} {ends:?}");
    }
    // The one certificate that may sign is another: that which comes along is not believed.
    let root = stamped.service.timestamp_root();
    let root: Vec<Der> = certificates_from_pem(root.as_bytes()).unwrap();
    let pinned = Authority {
        leaf: root.first().cloned(),
        ..stamped.trusted()
    };
    assert!(matches!(
        held(pinned),
        Err(Refused::UntrustedTimestamp { .. })
    ));
}

#[test]
fn cut_anywhere_it_is_refused_and_changed_anywhere_it_says_nothing_else() {
    let stamped = Stamped::new();
    let time = stamped.check(&stamped.token).unwrap();
    for length in 0..stamped.token.len() {
        assert!(stamped.check(&stamped.token[..length]).is_err(), "{length}");
    }
    for at in 0..stamped.token.len() {
        for bit in [1, 0x20, 0x80] {
            let mut changed = stamped.token.clone();
            changed[at] ^= bit;
            if let Ok(other) = stamped.check(&changed) {
                assert_eq!(other, time, "{at} {bit}");
            }
        }
    }
    let behind = [stamped.token.as_slice(), &[0]].concat();
    assert!(stamped.check(&behind).is_err());
    assert!(stamped.check(&vec![0x30; 2 << 20]).is_err());
}

#[test]
fn answers_to_other_requests_are_told_apart() {
    let stamped = Stamped::new();
    let later = Request::new(SIGNATURE, 8).unwrap();
    assert_eq!(later.check(&stamped.token), Err(AskError::OtherNonce));
    let other = Request::new(b"another signature", 7).unwrap();
    assert_eq!(other.check(&stamped.token), Err(AskError::OtherImprint));
    assert!(matches!(
        later.check(b"good morning"),
        Err(AskError::Answer(_))
    ));
    // A refusal by the authority: status 2, and no token.
    let refused = [0x30, 5, 0x30, 3, 2, 1, 2];
    let told = later.check(&refused).unwrap_err().to_string();
    assert!(told.contains("refused with status 2"), "{told}");
}

proptest! {
    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let first = check(&bytes, SIGNATURE, &[]);
        prop_assert!(first.is_err());
        prop_assert_eq!(first, check(&bytes, SIGNATURE, &[]));
    }
}
