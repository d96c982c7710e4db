//! Where bytes come from: folders, files and remote repositories.
