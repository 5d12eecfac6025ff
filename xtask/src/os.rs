//! What kind of system this is.

/// Whether packages come from apt here: Debian, or a system that says it is like Debian.
pub(crate) fn is_debian() -> bool {
    std::fs::read_to_string("/etc/os-release").is_ok_and(|text| says_debian(&text))
}

fn says_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| matches!(*key, "ID" | "ID_LIKE"))
        .flat_map(|(_, value)| value.trim_matches('"').split_whitespace())
        .any(|name| name == "debian")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_its_children_are_known() {
        assert!(says_debian("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(says_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!says_debian("NAME=\"not debian\"\nID=fedora\nID_LIKE=\"rhel centos\"\n"));
    }
}
