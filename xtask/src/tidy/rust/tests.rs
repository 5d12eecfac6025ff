//! The two views, and which lines are tests.

use super::*;

fn code(text: &str) -> String {
    Rust::read("a.rs", text).code
}

#[test]
fn comments_and_the_insides_of_literals_are_no_code() {
    assert_eq!(code("a(); // b();\nc();"), "a();        \nc();");
    assert_eq!(code("a /* b /* c */ d */ e"), "a                   e");
    assert_eq!(code(r#"f("x // y \" z", 'q', '\'', b'\n')"#), r#"f("           ", ' ', '  ', b'  ')"#);
    assert_eq!(code("r#\"a\"b\"# + br\"c\" + r"), "r#\"   \"# + br\" \" + r");
    assert_eq!(code("\"é\" + 'é'"), "\"  \" + '  '");
}

#[test]
fn lifetimes_labels_and_raw_names_are_code() {
    let text = "fn f<'a>(x: &'a str) { 'out: loop { break 'out } r#type() }";
    assert_eq!(code(text), text);
}

#[test]
fn literals_stay_in_the_view_without_comments() {
    let rust = Rust::read("a.rs", "f(\"nats\"); // redis");
    assert_eq!(rust.uncommented, "f(\"nats\");         ");
}

#[test]
fn text_that_ends_too_early_is_read_to_its_end() {
    for text in ["\"abc", "\"abc\\", "'\\", "r#\"abc", "/* abc", "'", "#[cfg(test", "é'"] {
        assert_eq!(code(text).len(), text.len(), "{text}");
    }
}

#[test]
fn what_is_compiled_for_tests_only_is_a_test() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { x[1] }\n}\nfn c() {}\n\
        #[cfg(all(test, unix))]\nfn d(x: (u8, u8)) {}\n#[cfg(not(test))]\nfn e() {}\n#[cfg(test)]\nuse f;\nfn g() {}";
    let rust = Rust::read("core/src/a.rs", text);
    let tests: Vec<&str> = rust
        .words()
        .filter(|(at, word)| word.len() == 1 && rust.is_test_at(*at))
        .map(|(_, word)| word)
        .collect();
    assert_eq!(tests, ["b", "x", "1", "d", "x", "f"]);
}

#[test]
fn files_are_tests_by_their_place() {
    for path in
        ["core/tests/a.rs", "core/src/guard/tests.rs", "manifest/benches/plan.rs", "cli/tests/check/a.rs"]
    {
        assert!(Rust::read(path, "fn a() {}").is_test_at(0), "{path}");
    }
    for path in ["core/src/test.rs", "conformance/src/attests.rs"] {
        assert!(!Rust::read(path, "fn a() {}").is_test_at(0), "{path}");
    }
}
