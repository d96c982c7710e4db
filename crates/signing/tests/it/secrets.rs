//! Nothing secret appears where people or logs can see it, and files are safe.

use std::fs;

use chainwright_signing::{KeyError, KeyKind, KeySigner, PrivateKey, Secret};

use crate::fixture;

#[test]
fn debug_and_errors_show_nothing_secret() {
    let secret = Secret::new("hunter2");
    let key = PrivateKey::from_pem(&fixture("keys/p256.pkcs8.pem"), None).unwrap();
    let text = key.to_pem(None).unwrap();
    let body: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect();
    let mut shown = format!("{secret:?} {key:?}");
    for (name, password) in [
        ("p256.pbkdf2", Some(&secret)),
        ("bad-secp256k1", None),
        ("p256.pbkdf2", None),
        ("bad-rsa", None),
    ] {
        let error =
            PrivateKey::from_pem(&fixture(&format!("keys/{name}.pem")), password).unwrap_err();
        shown += &format!("{error} {error:?} {}", error.hint());
    }
    shown += &format!("{:?}", KeySigner::new(key));
    assert!(!shown.contains("hunter2"));
    for line in body {
        assert!(!shown.contains(line), "{shown}");
    }
}

#[test]
fn keys_are_written_for_their_owner_only_and_never_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.key");
    let key = PrivateKey::generate(KeyKind::EcdsaP384).unwrap();
    key.save(&path, None).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = fs::read(&path).unwrap();
    let other = PrivateKey::generate(KeyKind::EcdsaP384).unwrap();
    assert!(matches!(other.save(&path, None), Err(KeyError::Exists(at)) if at == path));
    assert_eq!(fs::read(&path).unwrap(), before);
    #[cfg(unix)]
    {
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
        assert!(matches!(other.save(&link, None), Err(KeyError::Exists(_))));
        assert!(!folder.path().join("elsewhere").exists());
    }
    let missing = folder.path().join("missing/signing.key");
    assert!(matches!(
        other.save(&missing, None),
        Err(KeyError::Write { .. })
    ));
}
