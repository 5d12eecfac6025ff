//! Sessions at the command line: `cmd/*.trycmd`, rewritten with `TRYCMD=overwrite cargo test -p bedplate-cli --test cmd`.

#[test]
fn sessions_go_as_they_are_written() {
    trycmd::TestCases::new().env("NO_COLOR", "1").env("COLUMNS", "100").case("tests/cmd/*.trycmd");
}
