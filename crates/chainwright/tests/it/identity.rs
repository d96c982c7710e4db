//! Every way of signing but keys in files: under an identity, with a token, with a timestamp; and the time that counts.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where it cannot go on, and says where it cannot run"
)]

mod guide;
mod keyless;
mod tampered;
mod times;
mod tokens;

use std::path::{Path, PathBuf};

use chainwright_stand_in::{Mood, StandIn, token};
use serde_json::Value;

use crate::{Run, World};

/// A file of the tests of the crate `signing`.
fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../signing/tests");
    folder.join(name).to_str().unwrap().to_owned()
}

/// A model, and an instance of Sigstore with what is needed to use it.
fn beside(service: &StandIn) -> World {
    let world = World::new();
    world.write("model/config.json", "{}");
    world.write("model/weights.safetensors", "w");
    world.write("token", token());
    world.write("trusted_root.json", service.trusted_root());
    world.write("times.pem", service.timestamp_root());
    for api in [1, 2] {
        world.write(&format!("services.{api}.json"), service.signing_config(api));
    }
    world
}

fn helpful() -> (StandIn, World) {
    let service = StandIn::start(Mood::Helpful);
    let world = beside(&service);
    (service, world)
}

impl World {
    fn with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = self.command();
        command.args(arguments).envs(variables.iter().copied());
        Run(command.output().unwrap())
    }

    /// Runs and expects success.
    fn works(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(
            run.code(),
            Some(0),
            "{arguments:?}: {}{}",
            run.err(),
            run.out()
        );
        run
    }

    /// The exit code, and the error or the source of the time.
    fn verdict(&self, more: &[&str]) -> (Option<i32>, String) {
        let arguments = [&["verify", "model", "--format", "json"], more].concat();
        let run = self.run(&arguments);
        let report: Value = serde_json::from_slice(&run.0.stdout)
            .unwrap_or_else(|_| panic!("{arguments:?}: {}", run.err()));
        let model = &report["models"][0];
        let told = model["error"]["code"].as_str();
        let told = told.or(model["signer"]["time_source"].as_str());
        (run.code(), told.unwrap_or_default().to_owned())
    }

    fn bundle(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.signature()).unwrap()).unwrap()
    }

    fn signature(&self) -> PathBuf {
        self.path("model/model.sig")
    }
}

fn verdict(code: i32, told: &str) -> (Option<i32>, String) {
    (Some(code), told.to_owned())
}
