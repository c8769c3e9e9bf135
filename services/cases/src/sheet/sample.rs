//! A sheet in which everything occurs that a sheet can say.

use waymark_domain::ids::Country;
use waymark_domain::time::Day;
use waymark_domain::words::{Category, EmergencyGround, Purpose, RetentionGround};

use super::{Became, EmergencyShare, Ended, Ending, Kept, Review, Share, Sheet};

/// The sheet, made on 24 November 2026.
pub(super) fn sheet() -> Sheet {
    Sheet {
        office: "Northern Lights Support Centre".to_owned(),
        case_code: "K7-41".to_owned(),
        printed_on: Day::from_civil(2026, 11, 24),
        erased_on: Some(Day::from_civil(2026, 11, 20)),
        shares: vec![shelter(), everything()],
        ended: endings().into_iter().zip(1..).map(ended).collect(),
        emergencies: emergencies(),
        withheld: vec![Category::Narrative, Category::Office],
    }
}

/// A sheet of which nobody outside the office appears.
pub(super) fn bare() -> Sheet {
    let none = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    Sheet { shares: none.0, ended: none.1, emergencies: none.2, withheld: none.3, erased_on: None, ..sheet() }
}

fn shelter() -> Share {
    Share {
        recipient: "House by the River".to_owned(),
        country: Country(*b"PL"),
        purposes: vec![Purpose::SafeShelter],
        categories: vec![Category::Triage, Category::Identity, Category::Health],
        onward: false,
        from: Day::from_civil(2026, 1, 31),
        until: Day::from_civil(2026, 12, 31),
    }
}

fn everything() -> Share {
    Share {
        recipient: "Association for Legal Counsel, Interpretation and Safe Return of Persons, Eastern Region"
            .to_owned(),
        country: Country(*b"QX"),
        purposes: Purpose::ALL.to_vec(),
        categories: Category::ALL.to_vec(),
        onward: true,
        from: Day::from_civil(2026, 9, 1),
        until: Day::from_civil(2027, 8, 31),
    }
}

fn endings() -> Vec<Ending> {
    let on = Day::from_civil(2026, 3, 2);
    let kept = RetentionGround::ALL
        .iter()
        .map(|ground| Became::PartKept { ground: *ground, until: Day::from_civil(2028, 2, 29) });
    let others = [
        Became::NothingSent,
        Became::Asked { on: Day::from_civil(2026, 4, 2) },
        Became::Told { on: Day::from_civil(2026, 4, 3) },
        Became::Acknowledged { on: Day::from_civil(2026, 5, 4) },
        Became::Erased { on: Day::from_civil(2026, 6, 5) },
        Became::NoAnswer { since: Day::from_civil(2026, 7, 6) },
    ];
    let withdrawn = kept.chain(others).map(|became| Ending::Withdrawn { on, became });
    let erased = Became::Erased { on: Day::from_civil(2026, 8, 7) };
    let expired = Ending::Expired { on: Day::from_civil(2026, 7, 31), became: erased };
    withdrawn.chain([expired, Ending::Refused { on: Day::from_civil(2026, 10, 9) }]).collect()
}

fn ended((ending, number): (Ending, u32)) -> Ended {
    let emergency = matches!(ending, Ending::Expired { .. });
    Ended { recipient: format!("Clinic No. {number}"), ending, emergency }
}

fn emergencies() -> Vec<EmergencyShare> {
    let overturned = Review::Overturned { on: Day::from_civil(2026, 2, 15) };
    let reviews = [
        (Review::Open, Kept::Until { last: Day::from_civil(2027, 1, 4) }),
        (
            Review::Late { due: Day::from_civil(2026, 2, 16) },
            Kept::Over { last: Day::from_civil(2026, 3, 18) },
        ),
        (
            Review::Upheld { on: Day::from_civil(2026, 2, 14) },
            Kept::Erased { on: Day::from_civil(2026, 3, 19) },
        ),
        (overturned, Kept::Asked { on: Day::from_civil(2026, 2, 17) }),
        (overturned, Kept::Told { on: Day::from_civil(2026, 2, 18) }),
        (overturned, Kept::Acknowledged { on: Day::from_civil(2026, 2, 19) }),
    ];
    let grounds = EmergencyGround::ALL.iter().cycle();
    let shares = reviews.into_iter().zip(grounds).map(|((review, kept), ground)| EmergencyShare {
        recipient: "Coast Rescue".to_owned(),
        ground: *ground,
        categories: vec![Category::Contact, Category::Safety],
        on: Day::from_civil(2026, 2, 13),
        review,
        kept,
    });
    shares.collect()
}
