//! Passwords as people choose them, and passwords that many processes make at the same moment.

use crate::platform::Platform;

#[tokio::test(flavor = "multi_thread")]
async fn a_password_may_have_any_character_and_a_missing_one_is_in_no_other_services_way() {
    let Some(platform) = Platform::start("postgres").await else { return };
    let env = "ORDERS_DATABASE_PASSWORD='p@ss/w?r#d 100%24'\nUSERS_DATABASE_PASSWORD=a:b@127.0.0.1:1/x?y=z\n";
    std::fs::write(platform.path(".env"), env).unwrap();
    let services = ["orders", "users"];
    platform.db(&[&["create", "--admin", &platform.admin, "--json"], &services[..]].concat()).json();
    for service in services {
        platform.db(&["migrate", service, "--json"]).json();
    }
    let ended = platform.db(&["status", "--json"]);
    assert_eq!(ended.code, 1);
    assert!(ended.words.contains("spare: `SPARE_DATABASE_PASSWORD` is not set"), "{}", ended.words);
    let status: serde_json::Value = serde_json::from_str(&ended.data).unwrap();
    let good = status.as_array().unwrap().iter().filter(|one| one["error"].is_null());
    assert_eq!(good.count(), 2, "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_make_passwords_at_once_agree_on_them() {
    let Some(platform) = Platform::start("postgres").await else { return };
    let arguments = ["create", "--write-secrets", "--admin", &platform.admin];
    let children: Vec<_> = (0..8).map(|_| platform.begin(&arguments)).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let mut names: Vec<String> = platform.passwords().into_iter().map(|(name, _)| name).collect();
    names.sort();
    let expected =
        ["ORDERS_DATABASE_PASSWORD", "SPARE_DATABASE_PASSWORD", "USERS_DATABASE_PASSWORD"].map(String::from);
    assert_eq!(names, expected);
    platform.db(&["migrate", "--json"]).json();
}
