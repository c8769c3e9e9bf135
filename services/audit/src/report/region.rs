//! Where data may go like at home: the European Union and the European Economic Area (GDPR article 44).

use waymark_domain::ids::Country;

/// Members of the EU, then of the EEA alone, ISO 3166-1 alpha-2.
const EEA: &[&[u8; 2]] = &[
    b"AT", b"BE", b"BG", b"CY", b"CZ", b"DE", b"DK", b"EE", b"ES", b"FI", b"FR", b"GR", b"HR", b"HU", b"IE",
    b"IT", b"LT", b"LU", b"LV", b"MT", b"NL", b"PL", b"PT", b"RO", b"SE", b"SI", b"SK", b"IS", b"LI", b"NO",
];

/// Whether a country is a third country.
pub(crate) fn is_third(country: Country) -> bool {
    !EEA.contains(&&country.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_countries_are_not_third() {
        assert_eq!(EEA.len(), 30);
        for (country, third) in [(b"DE", false), (b"NO", false), (b"GB", true), (b"MK", true), (b"UA", true)]
        {
            assert_eq!(is_third(Country(*country)), third, "{}", Country(*country));
        }
    }
}
