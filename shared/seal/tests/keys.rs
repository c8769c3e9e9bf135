//! Weak keys, against the curve itself.

use curve25519_dalek::constants::EIGHT_TORSION;
use waymark_seal::rng::System;
use waymark_seal::sign::{LogKey, PublicKey, WeakKey};

#[test]
fn every_point_of_small_order_is_refused_in_every_encoding() {
    for point in EIGHT_TORSION {
        let mut encoded = point.compress().to_bytes();
        assert_eq!(PublicKey::new(encoded), Err(WeakKey), "{encoded:02x?}");
        encoded[31] ^= 0x80;
        assert_eq!(PublicKey::new(encoded), Err(WeakKey), "other sign: {encoded:02x?}");
    }
}

#[test]
fn encodings_at_and_above_the_prime_are_refused_and_those_below_are_not() {
    // p = 2^255 - 19 ends in 0xed; from p on, a y has a second encoding.
    for low in 0xed..=0xff_u8 {
        for sign in [0x7f, 0xff] {
            let mut encoded = [0xff; 32];
            (encoded[0], encoded[31]) = (low, sign);
            assert_eq!(PublicKey::new(encoded), Err(WeakKey), "{low:x} {sign:x}");
        }
    }
    let mut below = [0xff; 32];
    (below[0], below[31]) = (0xeb, 0x7f);
    assert!(PublicKey::new(below).is_ok());
}

#[test]
fn ordinary_keys_are_taken_and_their_signatures_are_their_own() {
    for _ in 0..50 {
        let (key, seed) = LogKey::generate(&mut System);
        assert_eq!(PublicKey::new(*key.public().as_bytes()), Ok(key.public()));
        assert_eq!(LogKey::from_seed(&seed).public(), key.public());
    }
}
