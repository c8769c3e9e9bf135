//! Sections and grants open only where they belong: every change of a single bound field must fail.

use proptest::prelude::*;
use waymark_domain::ids::{EventId, KeyId, NetworkId, OfficeId, ThreadId};
use waymark_domain::time::Day;
use waymark_domain::words::Category;
use waymark_seal::entry::category_number;
use waymark_seal::grant::{GrantContext, GrantFault, unwrap, wrap};
use waymark_seal::kem::KemSecret;
use waymark_seal::rng::Seeded;
use waymark_seal::section::{SectionContext, SectionFault, SectionKey, open_section, seal_section};

fn category() -> impl Strategy<Value = Category> {
    proptest::sample::select(Category::ALL)
}

fn another(category: Category) -> Category {
    let next = usize::from(category_number(category)) + 1;
    Category::ALL.iter().copied().cycle().nth(next).unwrap_or(category)
}

prop_compose! {
    fn section_context()(
        ids in any::<[[u8; 16]; 6]>(), has_basis in any::<bool>(), category in category(),
    ) -> SectionContext {
        let [network, office, thread, basis, event, key] = ids;
        SectionContext {
            network: NetworkId(network),
            office: OfficeId(office),
            thread: ThreadId(thread),
            basis: has_basis.then_some(EventId(basis)),
            category,
            event: EventId(event),
            key: KeyId(key),
        }
    }
}

/// The context with one field changed, for each field.
fn changed(context: &SectionContext) -> Vec<(&'static str, SectionContext)> {
    let c = *context;
    let other_basis = Some(EventId(flip(c.basis.map_or([0; 16], |basis| basis.0))));
    let no_basis = if c.basis.is_some() { None } else { Some(EventId([0; 16])) };
    vec![
        ("network", SectionContext { network: NetworkId(flip(c.network.0)), ..c }),
        ("office", SectionContext { office: OfficeId(flip(c.office.0)), ..c }),
        ("thread", SectionContext { thread: ThreadId(flip(c.thread.0)), ..c }),
        ("basis", SectionContext { basis: other_basis, ..c }),
        ("whether there is a basis", SectionContext { basis: no_basis, ..c }),
        ("category", SectionContext { category: another(c.category), ..c }),
        ("event", SectionContext { event: EventId(flip(c.event.0)), ..c }),
        ("key", SectionContext { key: KeyId(flip(c.key.0)), ..c }),
    ]
}

fn flip(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[15] ^= 1;
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_section_opens_in_its_place_and_nowhere_else(
        context in section_context(), seed in any::<u64>(), length in 0_usize..40_000, byte in any::<usize>(),
    ) {
        let mut rng = Seeded::new(seed);
        let key = SectionKey::random(&mut rng);
        let mut plain = vec![0; length];
        waymark_seal::rng::Rng::fill(&mut rng, &mut plain);
        let (sealed, padded) = seal_section(&mut rng, &key, &context, &plain).unwrap();
        prop_assert!(waymark_seal::padding::is_padded(padded as usize));
        let opened = open_section(&key, &context, &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
        for (field, other) in changed(&context) {
            let fault = open_section(&key, &other, &sealed).err();
            prop_assert_eq!(fault, Some(SectionFault::WrongKeyOrPlace), "{}", field);
        }
        let stranger = SectionKey::random(&mut rng);
        prop_assert_eq!(open_section(&stranger, &context, &sealed).err(), Some(SectionFault::WrongKeyOrPlace));
        let mut spoilt = sealed.clone();
        let at = byte % spoilt.len();
        spoilt[at] ^= 1;
        prop_assert!(open_section(&key, &context, &spoilt).is_err(), "byte {} changed", at);
        prop_assert!(open_section(&key, &context, &sealed[..at]).is_err(), "cut to {}", at);
        prop_assert!(open_section(&key, &context, &[sealed.as_slice(), &[0]].concat()).is_err());
    }
}

prop_compose! {
    fn grant_context()(
        ids in any::<[[u8; 16]; 7]>(), has_basis in any::<bool>(), category in category(), day in 0_u32..100_000,
    ) -> GrantContext {
        let [network, sender, recipient, thread, basis, event, key] = ids;
        GrantContext {
            network: NetworkId(network),
            sender: OfficeId(sender),
            recipient: OfficeId(recipient),
            thread: ThreadId(thread),
            basis: has_basis.then_some(EventId(basis)),
            category,
            event: EventId(event),
            key: KeyId(key),
            expires: Day(day),
        }
    }
}

/// The context with one field changed, for each field.
fn changed_grant(context: &GrantContext) -> Vec<(&'static str, GrantContext)> {
    let c = *context;
    let other_basis = Some(EventId(flip(c.basis.map_or([0; 16], |basis| basis.0))));
    let no_basis = if c.basis.is_some() { None } else { Some(EventId([0; 16])) };
    vec![
        ("network", GrantContext { network: NetworkId(flip(c.network.0)), ..c }),
        ("sender", GrantContext { sender: OfficeId(flip(c.sender.0)), ..c }),
        ("recipient", GrantContext { recipient: OfficeId(flip(c.recipient.0)), ..c }),
        ("thread", GrantContext { thread: ThreadId(flip(c.thread.0)), ..c }),
        ("basis", GrantContext { basis: other_basis, ..c }),
        ("whether there is a basis", GrantContext { basis: no_basis, ..c }),
        ("category", GrantContext { category: another(c.category), ..c }),
        ("event", GrantContext { event: EventId(flip(c.event.0)), ..c }),
        ("key", GrantContext { key: KeyId(flip(c.key.0)), ..c }),
        ("expiry", GrantContext { expires: c.expires.plus(1), ..c }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_grant_opens_for_its_recipient_on_its_terms_and_on_no_others(
        context in grant_context(), seed in any::<u64>(), byte in 0_usize..80,
    ) {
        let mut rng = Seeded::new(seed);
        let (key, secret) = (SectionKey::random(&mut rng), KemSecret::random(&mut rng));
        let (grant, sealed) = wrap(&mut rng, &secret.public(), &key, &context).unwrap();
        let opened = unwrap(&secret, &grant, &sealed, &context).ok().unwrap();
        prop_assert_eq!(opened.reveal(), key.reveal());
        for (field, other) in changed_grant(&context) {
            // A recipient who expects other terms refuses.
            let fault = unwrap(&secret, &grant, &sealed, &other).err();
            prop_assert!(matches!(fault, Some(GrantFault::WrongGrant | GrantFault::Unopenable)), "{}", field);
            // And an entry that was rewritten to say so does not make the wrap open.
            let mut forged = grant.clone();
            forged.category = category_number(other.category);
            (forged.key, forged.recipient, forged.expires) = (other.key, other.recipient, other.expires);
            prop_assert_eq!(unwrap(&secret, &forged, &sealed, &other).err(), Some(GrantFault::Unopenable), "{}", field);
        }
        let thief = KemSecret::random(&mut rng);
        prop_assert_eq!(unwrap(&thief, &grant, &sealed, &context).err(), Some(GrantFault::WrongSecret));
        let mut forged = grant.clone();
        forged.kem_hash = waymark_seal::kem::kem_hash(&thief.public());
        prop_assert_eq!(unwrap(&thief, &forged, &sealed, &context).err(), Some(GrantFault::Unopenable));
        let mut forged = grant.clone();
        forged.commitment = SectionKey::random(&mut rng).commitment();
        prop_assert_eq!(unwrap(&secret, &forged, &sealed, &context).err(), Some(GrantFault::Unopenable));
        let mut spoilt = sealed.clone();
        spoilt[byte] ^= 1;
        prop_assert_eq!(unwrap(&secret, &grant, &spoilt, &context).err(), Some(GrantFault::WrongWrap));
        let mut forged = grant.clone();
        forged.wrap_hash = waymark_seal::hash::sha256(&[&spoilt]);
        prop_assert!(unwrap(&secret, &forged, &spoilt, &context).is_err());
        prop_assert_eq!(unwrap(&secret, &grant, &sealed[..79], &context).err(), Some(GrantFault::WrongWrap));
    }
}

#[test]
fn unusable_recipient_keys_are_refused() {
    let mut rng = Seeded::new(3);
    let context = GrantContext {
        network: NetworkId([0; 16]),
        sender: OfficeId([1; 16]),
        recipient: OfficeId([2; 16]),
        thread: ThreadId([3; 16]),
        basis: None,
        category: Category::Health,
        event: EventId([4; 16]),
        key: KeyId([5; 16]),
        expires: Day(9),
    };
    let mut one = [0; 32];
    one[0] = 1;
    for weak in [[0; 32], one] {
        let to = waymark_domain::ids::KemPublic(weak);
        let refused = wrap(&mut rng, &to, &SectionKey::random(&mut Seeded::new(1)), &context).err();
        assert_eq!(refused, Some(GrantFault::UnusableKey));
    }
}
