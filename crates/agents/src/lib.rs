//! What assistants are wired to: servers, skills, plugins, hooks, permissions and the models behind them.
//!
//! Every surface (the configuration of a client, a plugin, a skill, a rules file, the settings of an editor, the
//! description of an action, the card of another agent) is read into one representation, the [`Bundle`]. The crate
//! reads text that it is given. It starts no server, follows no reference, opens no file, and judges nothing: how bad
//! a launch command or a permission is, rules say.

pub mod clients;
mod document;
pub mod egress;
mod facts;
mod launch;
mod names;
mod read;
mod recognise;
mod value;

pub use facts::{
    AutoCommand, Bundle, Domain, DomainRole, Effect, Endpoint, EndpointKind, Given, Grant,
    GrantKind, Identity, IdentityKind, Launched, LaunchedPackage, Login, Overridden, Pin,
    Reference, ReferenceKind, Runner, Server, Surface, Telemetry, TelemetryState, Tool, ToolKind,
    Transport, Trigger, Variable,
};
pub use launch::{is_clear, is_whole_folder, launch};
pub use names::{Impersonation, Named, impersonation, registered_domain};
pub use read::{effect_of, read};
pub use recognise::{Recognised, Scope, recognise};
pub use value::{given, is_local_host};
