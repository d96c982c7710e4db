//! `stand-in FOLDER`: runs an instance for other programs until its standard input ends. What they need is written into
//! the folder first; the line `ready` says so.

#![expect(clippy::unwrap_used, reason = "a test service that cannot go on stops")]

use std::io::{Read, Write};
use std::path::PathBuf;
use std::{env, fs, io};

use chainwright_stand_in::{Mood, StandIn, token};

fn main() {
    let folder = PathBuf::from(env::args_os().nth(1).expect("a folder is named"));
    fs::create_dir_all(&folder).unwrap();
    let service = StandIn::start(Mood::Helpful);
    for (name, text) in [
        ("address", service.address.clone()),
        ("timestamps", service.timestamps()),
        ("timestamp-root.pem", service.timestamp_root()),
        ("token", token()),
        ("trusted_root.json", service.trusted_root()),
        ("signing_config.1.json", service.signing_config(1)),
        ("signing_config.2.json", service.signing_config(2)),
        ("trust_config.1.json", service.trust_config(1)),
        ("trust_config.2.json", service.trust_config(2)),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    let mut out = io::stdout();
    out.write_all(b"ready\n")
        .and_then(|()| out.flush())
        .unwrap();
    let _ = io::stdin().read_to_end(&mut Vec::new());
}
