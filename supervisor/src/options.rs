//! What a caller may choose about a server's start.

use std::path::PathBuf;

/// Choices for the start of a server. The default is a fresh temporary folder, free ports and a random password.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct StartOptions {
    /// Where the server keeps everything; `None` for a temporary folder that is removed when the server stops.
    pub folder: Option<PathBuf>,
    /// The ports to use, as many as the description asks for; empty for free ones.
    pub ports: Vec<u16>,
    /// The administrator's password in a new folder; `None` for a random one. A folder in use keeps its own.
    pub password: Option<String>,
}

impl StartOptions {
    /// Keeps everything in this folder, which outlives the server and can be started again.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Uses these ports and no others.
    #[must_use]
    pub fn ports(mut self, ports: impl Into<Vec<u16>>) -> Self {
        self.ports = ports.into();
        self
    }

    /// Sets the administrator's password, for a new folder.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }
}

impl std::fmt::Debug for StartOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let password = self.password.as_ref().map(|_| "***");
        f.debug_struct("StartOptions")
            .field("folder", &self.folder)
            .field("ports", &self.ports)
            .field("password", &password)
            .finish()
    }
}
