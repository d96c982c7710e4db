//! The agent bundle: one representation for every surface through which an assistant is extended or steered.
//!
//! A fact is what the text says. Values that look like credentials are kept shortened; nothing here holds a secret.

use chainwright_code::Behaviour;
use chainwright_core::location::Place;
use chainwright_core::package::Package;
use chainwright_core::problem::Problem;
use serde::{Deserialize, Serialize};

use crate::clients::Client;
use crate::recognise::Scope;

/// The kinds of files that extend or steer an assistant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Surface {
    /// The list of servers that a client starts or calls.
    ClientServers,
    /// Settings of an assistant: permissions, hooks, environment, models.
    ClientSettings,
    /// An entry of the MCP registry (`server.json`).
    RegistryEntry,
    /// The manifest of a plugin or of an extension of a command line assistant.
    Plugin,
    /// A list of plugins (`marketplace.json`).
    Marketplace,
    /// A skill (`SKILL.md`).
    Skill,
    /// A command of one's own for an assistant.
    Command,
    /// The description of a sub-agent.
    SubAgent,
    /// Rules that are put before every conversation.
    Rules,
    /// What an assistant remembers about itself and its user.
    Memory,
    /// Settings of an editor.
    EditorSettings,
    /// Tasks of an editor.
    EditorTasks,
    /// Launch configurations of an editor.
    EditorLaunch,
    /// Extensions that an editor recommends.
    EditorExtensions,
    /// A development container.
    Devcontainer,
    /// Variables that are set when a folder is entered or a tool starts.
    Environment,
    /// Settings of git that run commands.
    GitConfig,
    /// Operations of a web interface (OpenAPI).
    OpenApi,
    /// The manifest of a web plugin (`ai-plugin.json`).
    WebPlugin,
    /// The card of an agent that others may call (A2A).
    AgentCard,
    /// The manifest of an editor's extension.
    EditorExtension,
    /// The manifest of a desktop extension (`.mcpb`, `.dxt`).
    DesktopExtension,
    /// The manifest of a browser's extension.
    BrowserExtension,
}

impl Surface {
    /// What to call such a file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientServers => "server list",
            Self::ClientSettings => "assistant settings",
            Self::RegistryEntry => "registry entry",
            Self::Plugin => "plugin manifest",
            Self::Marketplace => "plugin marketplace",
            Self::Skill => "skill",
            Self::Command => "assistant command",
            Self::SubAgent => "sub-agent",
            Self::Rules => "rules file",
            Self::Memory => "memory file",
            Self::EditorSettings => "editor settings",
            Self::EditorTasks => "editor tasks",
            Self::EditorLaunch => "editor launch settings",
            Self::EditorExtensions => "recommended extensions",
            Self::Devcontainer => "development container",
            Self::Environment => "environment file",
            Self::GitConfig => "git settings",
            Self::OpenApi => "API description",
            Self::WebPlugin => "web plugin manifest",
            Self::AgentCard => "agent card",
            Self::EditorExtension => "editor extension",
            Self::DesktopExtension => "desktop extension",
            Self::BrowserExtension => "browser extension",
        }
    }
}

impl Surface {
    /// Whether the text itself is put before a model.
    #[must_use]
    pub const fn is_prose(self) -> bool {
        matches!(
            self,
            Self::Skill | Self::Command | Self::SubAgent | Self::Rules | Self::Memory
        )
    }
}

/// Everything that one file says about what an assistant may use, run and reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// What kind of file it is.
    pub surface: Surface,
    /// Whose file it is, if only one client reads it.
    pub client: Option<Client>,
    /// For whom it counts.
    pub scope: Scope,
    /// The name that it gives itself.
    pub name: Option<String>,
    /// The version that it gives itself.
    pub version: Option<String>,
    /// What it says about itself, cut.
    pub description: Option<String>,
    /// Servers of tools.
    pub servers: Vec<Server>,
    /// Commands that run without a person typing them.
    pub commands: Vec<AutoCommand>,
    /// What is allowed beforehand, or asked for.
    pub grants: Vec<Grant>,
    /// Variables that the file sets for the assistant or its tools.
    pub environment: Vec<Overridden>,
    /// Who stands behind it.
    pub identities: Vec<Identity>,
    /// Tools, operations, skills and commands that it declares.
    pub tools: Vec<Tool>,
    /// Models and hosts outside of the machine.
    pub endpoints: Vec<Endpoint>,
    /// Switches of telemetry.
    pub telemetry: Vec<Telemetry>,
    /// Files, plugins and extensions that it brings in.
    pub references: Vec<Reference>,
    /// Hosts that it names for itself: servers, legal pages, logins.
    pub domains: Vec<Domain>,
    /// Events on which it becomes active; `*` and `<all_urls>` for every one.
    pub activation: Vec<Variable>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Bundle {
    /// Nothing yet about a file of this kind.
    #[must_use]
    pub const fn new(surface: Surface, client: Option<Client>, scope: Scope) -> Self {
        Self {
            surface,
            client,
            scope,
            name: None,
            version: None,
            description: None,
            servers: Vec::new(),
            commands: Vec::new(),
            grants: Vec::new(),
            environment: Vec::new(),
            identities: Vec::new(),
            tools: Vec::new(),
            endpoints: Vec::new(),
            telemetry: Vec::new(),
            references: Vec::new(),
            domains: Vec::new(),
            activation: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Whether the file says nothing that concerns an assistant; a text that is put before a model never does.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        !self.surface.is_prose()
            && self.name.is_none()
            && self.servers.is_empty()
            && self.commands.is_empty()
            && self.grants.is_empty()
            && self.environment.is_empty()
            && self.tools.is_empty()
            && self.endpoints.is_empty()
            && self.telemetry.is_empty()
            && self.references.is_empty()
            && self.domains.is_empty()
            && self.activation.is_empty()
    }
}

/// A value as far as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Given {
    /// Nothing is given.
    Empty,
    /// A reference to a variable, an input or a secret store.
    Reference(String),
    /// An address, without user name, password and query.
    Url(String),
    /// A credential.
    Secret {
        /// Its family, such as `github-token`.
        family: String,
        /// Its first and last characters.
        shown: String,
    },
    /// Anything else, cut.
    Plain(String),
}

impl Given {
    /// The value as far as it may be shown.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Reference(text) | Self::Url(text) | Self::Plain(text) => text,
            Self::Secret { shown, .. } => shown,
        }
    }
}

/// A name with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Given,
    /// Where it stands.
    pub place: Place,
}

/// How a client talks to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Transport {
    /// A program on this machine, over its standard streams.
    Stdio,
    /// Streamable HTTP.
    Http,
    /// HTTP with server-sent events.
    Sse,
    /// A web socket.
    WebSocket,
    /// A server that is part of the client.
    BuiltIn,
}

impl Transport {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
            Self::Sse => "sse",
            Self::WebSocket => "websocket",
            Self::BuiltIn => "built-in",
        }
    }
}

/// A server of tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// The name by which the client knows it.
    pub name: String,
    /// How it is reached.
    pub transport: Transport,
    /// The program that is started.
    pub command: Option<String>,
    /// Its arguments, credentials shortened.
    pub arguments: Vec<String>,
    /// The folder in which it starts.
    pub folder: Option<String>,
    /// Variables that it is given.
    pub environment: Vec<Variable>,
    /// The address of a remote server, without credentials.
    pub url: Option<String>,
    /// Headers that are sent to it.
    pub headers: Vec<Variable>,
    /// How the client proves who it is.
    pub login: Login,
    /// Credentials in arguments and address.
    pub secrets: Vec<Variable>,
    /// What the command line comes to.
    pub launch: Launched,
    /// Whether it is switched off.
    pub is_disabled: bool,
    /// Tools that are called without asking; `*` for all.
    pub approved: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// What a command line comes to once wrappers are taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launched {
    /// What runs it.
    pub runner: Runner,
    /// Packages that are fetched and run.
    pub packages: Vec<LaunchedPackage>,
    /// Whether a shell stands in between, and its script, shortened.
    pub shell: Option<String>,
    /// Folders that it is handed.
    pub folders: Vec<String>,
    /// Arguments that open it to others: a listening address, an origin, a switch that turns a protection off.
    pub exposed: Vec<String>,
    /// What the code crate sees in the command line.
    pub behaviours: Vec<Behaviour>,
}

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Login {
    /// No credential is configured.
    None,
    /// A header.
    Header,
    /// OAuth or OpenID Connect.
    OAuth,
    /// A key in the address.
    Query,
}

/// What runs a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Runner {
    /// `npx`, `npm exec`, `pnpm dlx`, `yarn dlx`.
    Npx,
    /// `bunx`, `bun x`.
    Bunx,
    /// `uvx`, `uv tool run`, `uv run --with`.
    Uvx,
    /// `pipx run`.
    Pipx,
    /// `docker run` and its kin.
    Container,
    /// `deno run`.
    Deno,
    /// `go run`.
    Go,
    /// `dnx`, `dotnet tool`.
    Dotnet,
    /// A file or module for Node, Python or another interpreter.
    Script,
    /// A program by its name or path.
    Program,
    /// Nothing is started.
    Remote,
}

impl Runner {
    /// The name of the tool.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Npx => "npx",
            Self::Bunx => "bunx",
            Self::Uvx => "uvx",
            Self::Pipx => "pipx",
            Self::Container => "docker",
            Self::Deno => "deno",
            Self::Go => "go",
            Self::Dotnet => "dnx",
            Self::Script => "script",
            Self::Program => "program",
            Self::Remote => "remote",
        }
    }
}

/// How firmly something that is fetched is tied down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Pin {
    /// By its digest or commit.
    Digest,
    /// By one version of a registry, or a tag with a number.
    Exact,
    /// By a range, a branch or a tag that moves.
    Moving,
    /// Not at all.
    Open,
    /// A file behind an address.
    Url,
    /// It lies on this machine.
    Local,
}

/// A package that a command fetches and runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchedPackage {
    /// The package.
    pub package: Package,
    /// As written.
    pub written: String,
    /// How it is tied down.
    pub pin: Pin,
    /// Where it stands.
    pub place: Place,
}

/// When a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Trigger {
    /// When the folder is opened or entered.
    FolderOpen,
    /// When a session of the assistant starts or ends.
    Session,
    /// When the user sends a prompt.
    Prompt,
    /// Before or after a tool is used.
    ToolUse,
    /// When the assistant stops, waits or notifies.
    Stop,
    /// To make a credential, a status line or another text for the assistant.
    Helper,
    /// On the host, before a development container is made.
    HostCreate,
    /// In a development container, when it is made or started.
    Container,
    /// When git does something.
    Git,
    /// When a command of the assistant is called.
    Called,
}

impl Trigger {
    /// The words of a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FolderOpen => "when the folder is opened",
            Self::Session => "when a session starts or ends",
            Self::Prompt => "with every prompt",
            Self::ToolUse => "around the use of a tool",
            Self::Stop => "when the assistant stops or waits",
            Self::Helper => "whenever the assistant asks for a value",
            Self::HostCreate => "on the host before the container is made",
            Self::Container => "in the container when it is made or started",
            Self::Git => "when git works in the folder",
            Self::Called => "when the command is called",
        }
    }
}

/// A command that runs without a person typing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoCommand {
    /// When it runs.
    pub trigger: Trigger,
    /// The event or key by its own name.
    pub event: String,
    /// The command, credentials shortened.
    pub command: String,
    /// What the code crate sees in it.
    pub behaviours: Vec<Behaviour>,
    /// Where it stands.
    pub place: Place,
}

/// What is allowed beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GrantKind {
    /// Nothing is asked any more.
    AsksNothing,
    /// The sandbox is off.
    SandboxOff,
    /// Servers that a project brings start without being approved.
    TrustsServers,
    /// Folders are trusted without being asked about.
    TrustsFolders,
    /// Every tool of a server may be called.
    EveryTool,
    /// A tool may be called.
    Tool,
    /// Any command may be run.
    EveryCommand,
    /// A family of commands may be run.
    Command,
    /// Any file may be read or written.
    EveryFile,
    /// Files of some folder.
    Files,
    /// Any host may be reached.
    EveryHost,
    /// Some host may be reached.
    Host,
    /// A permission by its name.
    Permission,
}

/// One thing that is allowed beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What.
    pub kind: GrantKind,
    /// The key and the value that say so.
    pub written: String,
    /// Where it stands.
    pub place: Place,
}

/// What setting a variable changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Where requests to a model go.
    ModelAddress,
    /// Through whom all requests go.
    Proxy,
    /// Which code is loaded into programs that start.
    LoadedCode,
    /// Which program git or another tool starts.
    HelperProgram,
    /// Where the assistant keeps its settings.
    AgentHome,
    /// Whether certificates are checked.
    Certificates,
    /// From where packages are installed.
    PackageIndex,
    /// Which programs are found first.
    SearchPath,
    /// Whether use is reported.
    Telemetry,
    /// A credential.
    Credential,
    /// Nothing that we know of.
    Other,
}

/// A variable that a file sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overridden {
    /// Name and value.
    pub variable: Variable,
    /// What it changes.
    pub effect: Effect,
}

/// In what part somebody stands behind a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IdentityKind {
    /// Who publishes it.
    Publisher,
    /// Who wrote it.
    Author,
    /// Where its source lies.
    Repository,
    /// Its page.
    Homepage,
    /// Its licence.
    Licence,
}

/// Somebody or something that stands behind a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// In what part.
    pub kind: IdentityKind,
    /// As written, cut.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// What kind of thing can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ToolKind {
    /// A tool of a server.
    Tool,
    /// An operation of a web interface.
    Operation,
    /// A skill.
    Skill,
    /// A command.
    Command,
    /// A prompt.
    Prompt,
    /// Another agent.
    Agent,
}

/// Something that an assistant can call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// What kind.
    pub kind: ToolKind,
    /// Its name.
    pub name: String,
    /// The method and path of an operation.
    pub method: Option<String>,
    /// Whether it deletes or changes things by its method or its own word.
    pub is_destructive: bool,
    /// Where its description stands; the text itself is read where it is judged.
    pub described_at: Option<Place>,
    /// Where it stands.
    pub place: Place,
}

/// What is behind an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EndpointKind {
    /// A model.
    Model,
    /// A server of tools.
    Server,
    /// A collector of telemetry.
    Telemetry,
    /// A proxy or gateway.
    Proxy,
}

impl EndpointKind {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Server => "server",
            Self::Telemetry => "telemetry",
            Self::Proxy => "proxy",
        }
    }
}

/// A model or host outside of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// What is there.
    pub kind: EndpointKind,
    /// Who runs it, as the file names it.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The address, without credentials.
    pub url: Option<String>,
    /// From where the credential comes.
    pub credential: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// Whether use is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TelemetryState {
    /// Switched on.
    On,
    /// Only errors or crashes.
    Reduced,
    /// Switched off.
    Off,
}

impl TelemetryState {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Reduced => "reduced",
            Self::Off => "off",
        }
    }
}

/// A switch of telemetry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telemetry {
    /// The key.
    pub setting: String,
    /// What it says.
    pub state: TelemetryState,
    /// Whether contents of prompts are part of it.
    pub has_prompts: bool,
    /// Where it stands.
    pub place: Place,
}

/// What a reference leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ReferenceKind {
    /// A file beside.
    File,
    /// A plugin elsewhere.
    Plugin,
    /// A list of plugins elsewhere.
    Marketplace,
    /// An extension that is installed along.
    BundledExtension,
    /// An extension that is needed.
    NeededExtension,
    /// An extension that is recommended.
    RecommendedExtension,
    /// A part of a development container.
    Feature,
    /// An image.
    Image,
}

/// Something that a file brings in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// What it is.
    pub kind: ReferenceKind,
    /// As written.
    pub target: String,
    /// How it is tied down.
    pub pin: Pin,
    /// Where it stands.
    pub place: Place,
}

/// What a host is named for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DomainRole {
    /// It answers calls.
    Server,
    /// It logs users in.
    Login,
    /// It holds terms or a privacy statement.
    Legal,
    /// It names the provider.
    Provider,
    /// It can be written to.
    Contact,
}

/// A host that a file names for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// What for.
    pub role: DomainRole,
    /// The host, in lower case.
    pub host: String,
    /// The scheme of the address, if it has one.
    pub scheme: String,
    /// Where it stands.
    pub place: Place,
}
