//! A proof of fraud from elsewhere is told to the network by whoever is given it, and believed by nobody without looking.

use tonic::{Code, Request, Status};
use waymark_api::v1::{self, audit_service_server::AuditService as _};
use waymark_audit::AuditApi;
use waymark_domain::ids::{Hash, OfficeId};
use waymark_seal::checkpoint::sign_checkpoint;
use waymark_seal::sign::LogKey;
use waymark_seal::vault::Vault;
use waymark_seal::{Head, Origin, rng};

use super::town::{NETWORK, Town, data, passphrase};

/// Somebody else has taken an office's key.
fn stolen_key(town: &mut Town, number: u16) -> LogKey {
    town.stop(number);
    let vault = data(&town.folder, number).join("vault");
    let key = Vault::open(&vault, &passphrase(), rng::System).unwrap().log_key().unwrap();
    town.open(number);
    key
}

/// Two heads of one size, in the order of their roots.
fn two_heads(key: &LogKey, office: OfficeId, roots: [u8; 2]) -> Vec<u8> {
    let origin = Origin { network: NETWORK, office, log: 0 };
    let side = |root| sign_checkpoint(key, &origin, &Head { size: 7, root: Hash([root; 32]) });
    let [one, other] = roots.map(|root| String::from_utf8(side(root)).unwrap());
    format!("waymark-fraud/v1\n{one}==\n{other}").into_bytes()
}

async fn publishes(town: &Town, number: u16, proof: Vec<u8>) -> Result<v1::ProvenFraud, Status> {
    let request = Request::new(v1::PublishFraudRequest { proof });
    let answer = AuditApi::new(town.desk(number)).publish_fraud(request).await?;
    Ok(answer.into_inner().fraud.unwrap())
}

#[tokio::test]
async fn a_proof_from_elsewhere_freezes_its_office_everywhere_and_is_told_once() {
    let mut town = Town::new(3);
    let (key, accused) = (stolen_key(&mut town, 2), town.id(2));
    town.exchange();
    town.pass(6);
    let proof = two_heads(&key, accused, [1, 2]);
    let told = publishes(&town, 1, proof.clone()).await.unwrap();
    assert_eq!((told.office, told.in_force, told.proof), (accused.to_string(), true, proof.clone()));
    assert_eq!(told.shown_by, town.id(1).to_string());
    town.exchange();
    assert!(town.desk(3).frozen().contains(&accused));
    let again = publishes(&town, 3, proof.clone()).await.unwrap();
    assert_eq!((again.event_id, again.shown_by), (told.event_id, town.id(1).to_string()), "it was known");
}

#[tokio::test]
async fn what_proves_nothing_is_not_told() {
    let mut town = Town::new(2);
    let (key, accused) = (stolen_key(&mut town, 2), town.id(2));
    let before = *town.desk(1).changes().borrow();
    let thief = LogKey::from_seed(&[9; 32]);
    for proof in [
        Vec::new(),
        b"waymark-fraud/v1\n".to_vec(),
        two_heads(&key, accused, [1, 1]),
        two_heads(&thief, accused, [1, 2]),
        two_heads(&key, town.id(1), [1, 2]),
        two_heads(&key, OfficeId([9; 16]), [1, 2]),
        two_heads(&key, accused, [1, 2]).repeat(40),
    ] {
        let refused = publishes(&town, 1, proof).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("proves no fraud"), "{refused:?}");
    }
    assert_eq!(*town.desk(1).changes().borrow(), before);
    assert!(town.desk(1).frozen().is_empty());
}
