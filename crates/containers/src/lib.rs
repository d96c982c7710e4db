//! Containers as the victim's loader reads them: archives, compression, and every view of a lying zip.
