//! What a template does, as small closed facts that rules turn into findings.
//!
//! A fact carries no severity: how bad a behaviour is depends on the carrier too, which only a rule knows.

use std::fmt;

use chainwright_core::location::Place;
use chainwright_core::problem::Problem;
use serde::{Deserialize, Serialize};

/// How sure the evidence makes us that a behaviour is hostile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Certainty {
    /// Odd, but honest templates do it: worth a look at most.
    Hint,
    /// No template we know of does it for an honest reason, though one could.
    Likely,
    /// The expression alone proves the intent.
    Proven,
}

/// The family a behaviour belongs to: it decides which rule reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// The template tries to leave the sandbox: code, files, interpreter internals (CVE-2024-34359 class).
    Escape,
    /// The template changes what the model is told, behind the user's back.
    Backdoor,
    /// Rendering the template costs absurd time or memory (CVE-2025-61620, CVE-2025-62426 class).
    Exhaustion,
    /// The template hides something from people who read it.
    Concealment,
}

/// What a template does that deserves attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BehaviourKind {
    /// Reaches a name of the interpreter's object model, such as `__class__` or `__globals__`, however it was assembled.
    PrivateAttribute,
    /// Reaches frames, code objects or internals of the template engine by names without underscores, such as `gi_frame`.
    EngineInternals,
    /// Calls something that runs programs or code, such as `popen` or `eval`.
    CodeExecution,
    /// Looks up an attribute whose name is computed from parts that cannot be known before rendering.
    ComputedAttribute,
    /// A format string that reads attributes of its arguments, or a format method used as a value.
    FormatAttribute,
    /// Loads another file: `include`, `import`, `from`, `extends`.
    FileAccess,
    /// Touches an object of the engine or of a web framework that chat templates have no use for.
    ForeignObject,
    /// Uses a filter, test or method outside the set that chat templates need.
    UnusualName,
    /// Reacts to certain words in the conversation.
    ContentTrigger,
    /// Reacts to the date or time.
    DateTrigger,
    /// Reacts to the length of the conversation or of a message.
    CountTrigger,
    /// Depends on chance.
    RandomTrigger,
    /// Tells the model to deceive, to promote, to leak or to drop its guard.
    InjectedInstruction,
    /// Puts a link, an image or an address into the prompt.
    InjectedLink,
    /// Replaces, cuts or reorders words of the conversation.
    RewrittenContent,
    /// Shows the words of one speaker as those of another with more authority.
    SwappedRole,
    /// A literal that only makes sense once decoded.
    EncodedLiteral,
    /// Text that is assembled from pieces, reversed or shifted although it is constant.
    AssembledText,
    /// Characters that people cannot see, or letters of another script that look like Latin ones.
    HiddenCharacters,
    /// Code pushed out of sight by a long run of blanks.
    HiddenCode,
    /// A comment that gives orders to whoever reads the template.
    CommentInstruction,
    /// A loop over an enormous range, or loops whose ranges multiply to one.
    HugeLoop,
    /// A string, list or number that grows out of all proportion.
    HugeValue,
    /// A macro or loop that calls itself without an end.
    EndlessRecursion,
}

impl BehaviourKind {
    /// The family of the behaviour.
    #[must_use]
    pub const fn family(self) -> Family {
        match self {
            Self::PrivateAttribute
            | Self::EngineInternals
            | Self::CodeExecution
            | Self::ComputedAttribute
            | Self::FormatAttribute
            | Self::FileAccess
            | Self::ForeignObject
            | Self::UnusualName => Family::Escape,
            Self::ContentTrigger
            | Self::DateTrigger
            | Self::CountTrigger
            | Self::RandomTrigger
            | Self::InjectedInstruction
            | Self::InjectedLink
            | Self::RewrittenContent
            | Self::SwappedRole => Family::Backdoor,
            Self::EncodedLiteral
            | Self::AssembledText
            | Self::HiddenCharacters
            | Self::HiddenCode
            | Self::CommentInstruction => Family::Concealment,
            Self::HugeLoop | Self::HugeValue | Self::EndlessRecursion => Family::Exhaustion,
        }
    }

    /// What the template does, as the predicate of a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PrivateAttribute => "reaches interpreter internals",
            Self::EngineInternals => "reaches frames or engine internals",
            Self::CodeExecution => "runs code or programs",
            Self::ComputedAttribute => "looks up an attribute by a computed name",
            Self::FormatAttribute => "reads attributes through a format string",
            Self::FileAccess => "loads another file",
            Self::ForeignObject => "touches an object foreign to chat templates",
            Self::UnusualName => "uses an unusual filter, test or method",
            Self::ContentTrigger => "reacts to certain words in the conversation",
            Self::DateTrigger => "reacts to the date",
            Self::CountTrigger => "reacts to the length of the conversation",
            Self::RandomTrigger => "depends on chance",
            Self::InjectedInstruction => "gives the model hostile instructions",
            Self::InjectedLink => "puts a link into the prompt",
            Self::RewrittenContent => "rewrites the conversation",
            Self::SwappedRole => "attributes words to another speaker",
            Self::EncodedLiteral => "contains an encoded literal",
            Self::AssembledText => "assembles constant text from pieces",
            Self::HiddenCharacters => "contains invisible or look-alike characters",
            Self::HiddenCode => "pushes code out of sight",
            Self::CommentInstruction => "gives orders in a comment",
            Self::HugeLoop => "loops over an enormous range",
            Self::HugeValue => "builds an enormous value",
            Self::EndlessRecursion => "recurses without an end",
        }
    }
}

impl fmt::Display for BehaviourKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One behaviour with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Behaviour {
    /// What the template does.
    pub kind: BehaviourKind,
    /// Line and column inside the template, not inside the file that carries it.
    pub place: Place,
    /// The expression as folded, or the words emitted: visible characters only, at most about 200.
    pub evidence: String,
    /// How sure the evidence makes us.
    pub certainty: Certainty,
}

/// Everything seen in one template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateFacts {
    /// Whether all of it followed Jinja's grammar. Broken parts are listed as problems; the rest was judged.
    pub parsed: bool,
    /// Whether it renders a conversation, by the variables it reads. Other templates (web pages, code) have honest
    /// uses for `extends`, `url_for` and the like, which is why those are only hints there.
    pub is_chat: bool,
    /// What it does, sorted by place.
    pub behaviours: Vec<Behaviour>,
    /// Behaviours left out of the list because it was full.
    pub omitted: u32,
    /// What was broken or too large.
    pub problems: Vec<Problem>,
    /// Hexadecimal digest of the normalised tokens: comments, blanks between tags and quoting don't matter.
    pub fingerprint: String,
    /// The well-known template this one equals, if any. Its words and conditions are what its authors meant, so
    /// behaviours of the backdoor family are left out for it.
    pub known: Option<String>,
}

impl TemplateFacts {
    /// The highest certainty among the behaviours of a family.
    #[must_use]
    pub fn worst(&self, family: Family) -> Option<Certainty> {
        self.behaviours
            .iter()
            .filter(|behaviour| behaviour.kind.family() == family)
            .map(|behaviour| behaviour.certainty)
            .max()
    }

    /// The facts as they count for a template that is carried as a chat template: loading other files and touching
    /// foreign objects is no hint there, because no chat renderer offers them for an honest purpose.
    #[must_use]
    pub fn in_chat_carrier(mut self) -> Self {
        self.is_chat = true;
        for behaviour in &mut self.behaviours {
            if matches!(
                behaviour.kind,
                BehaviourKind::FileAccess | BehaviourKind::ForeignObject
            ) {
                behaviour.certainty = behaviour.certainty.max(Certainty::Likely);
            }
        }
        self
    }
}
