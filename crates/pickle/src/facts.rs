//! What a pickle was seen to do: small closed enums with places and short texts.

use chainwright_core::problem::Problem;
use serde::{Deserialize, Serialize};

/// How the loader of the victim reads the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Flavour {
    /// `pickle.load` and its relatives.
    Plain,
    /// `joblib.load`: raw arrays follow the state of a `NumpyArrayWrapper`.
    Joblib,
    /// `torch.load` of the format before zip: five pickles, then raw storages.
    TorchLegacy,
    /// `data.pkl` of a PyTorch zip: persistent ids are storages.
    TorchZip,
}

/// How sure we are that bytes begin a pickle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Likeness {
    /// Could be one, and would do something as one.
    Plausible,
    /// Is one, whole or broken.
    Certain,
}

/// The policy's answer for one use of a name, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tier {
    /// A reconstructor that real serializers emit, with arguments that fit.
    Safe,
    /// A class or value of a well-known library.
    LibraryClass,
    /// A class that needs code we do not have; its constructor did not run with arguments.
    UnknownClass,
    /// Something nobody vouches for is called.
    UnknownCall,
    /// A catalogued gadget, or a construct that only attacks need.
    Dangerous,
}

/// How the stream uses a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum UseKind {
    /// Imported and kept as a value, never called by the stream itself.
    Import,
    /// Called by REDUCE.
    Reduce,
    /// Called by INST.
    Inst,
    /// Called by OBJ.
    Obj,
    /// `cls.__new__` by NEWOBJ.
    NewObj,
    /// `cls.__new__` with keywords by NEWOBJ_EX.
    NewObjEx,
    /// `__setstate__`, or a method planted as one, by BUILD.
    SetState,
    /// Called by something else that the stream calls (`map`, `functools.partial`, a rebuild function).
    Indirect,
    /// BUILD, SETITEM(S), APPEND(S) or ADDITEMS on an imported object.
    Mutation,
    /// EXT1, EXT2 or EXT4: a name from the registry of the process.
    Extension,
    /// A persistent id that is not a tensor storage.
    PersistentId,
    /// A global whose module or name is computed or unknown.
    DynamicGlobal,
    /// A code object or function body travels in the stream (dill, cloudpickle).
    SerializedCode,
}

/// What a dangerous callable gives to an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Capability {
    /// Runs Python code or calls what it is given.
    CodeExecution,
    /// Starts or replaces a process.
    Process,
    /// Reads files or folders.
    FileRead,
    /// Writes, moves or deletes files.
    FileWrite,
    /// Opens a connection or resolves a name.
    Network,
    /// Imports a module by name.
    Import,
    /// Loads another serialized object.
    Deserialization,
    /// Walks from one object to another by attribute names.
    AttributeAccess,
    /// Looks into frames, the garbage collector or the interpreter.
    Introspection,
    /// Loads or calls native code, or touches raw memory.
    NativeCode,
    /// Stops or exhausts the process.
    DenialOfService,
    /// Changes environment, signal handlers, settings of the process.
    Environment,
}

/// Why a use has its tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// The exact name is approved.
    Approved,
    /// A class, function or constant of a well-known library.
    KnownLibrary,
    /// The name is in the catalogue of dangerous callables.
    Catalogued,
    /// Nothing is known about the name.
    UnknownName,
    /// A class defined in the script that saved the object.
    MainModule,
    /// A known function or class, but not one that data needs to call in this way.
    NotApproved,
    /// Approved, but not with these arguments.
    Arguments,
    /// An attribute path instead of a name.
    DottedName,
    /// A name with double underscores.
    DunderName,
    /// A module is taken as a value from another module.
    ModuleObject,
    /// The name is not a Python identifier.
    OddName,
    /// An object that the stream made is called.
    CallOfObject,
    /// The state of an imported object is changed.
    StateOfGlobal,
    /// A state plants a method that the machine itself calls afterwards.
    PlantedMethod,
    /// Module or name come from a call or from no string.
    ComputedName,
    /// The value was given up to bound memory.
    Forgotten,
    /// The meaning depends on a registry of the process.
    RegistryCode,
    /// The meaning depends on a hook of the loading program.
    LoaderHook,
    /// Python bytecode travels in the stream.
    CodeObject,
    /// The bytecode in the stream names a dangerous callable.
    CodeNames,
    /// Serialized bytes inside the stream are given to a loader.
    NestedPickle,
}

/// One distinct use of a name by the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The answer of the policy.
    pub tier: Tier,
    /// How it is used.
    pub kind: UseKind,
    /// The module as the loading interpreter sees it (Python 3 spelling for old streams).
    pub module: String,
    /// The name in it; may be an attribute path.
    pub name: String,
    /// The symbolic arguments of the first occurrence, at most 300 characters.
    pub arguments: String,
    /// What the callable gives to an attacker, if catalogued.
    pub capability: Option<Capability>,
    /// Why the tier.
    pub reason: Reason,
    /// Byte offset of the first occurrence in the scanned source; for decoded payloads, of what carries them.
    pub offset: u64,
    /// 0 for the stream itself, 1 for a pickle inside a literal of it, and so on.
    pub depth: u32,
    /// Occurrences.
    pub count: u64,
}

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StreamEnd {
    /// With STOP.
    Stop,
    /// The bytes ended first.
    Truncated,
    /// An opcode or its argument is invalid.
    Malformed,
    /// A limit of ours or an unreadable source.
    GivenUp,
}

/// One pickle program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// Where it starts.
    pub offset: u64,
    /// Bytes up to and with STOP, raw arrays included.
    pub length: u64,
    /// The highest protocol that it announces, 0 if none.
    pub protocol: u8,
    /// Opcodes executed.
    pub opcodes: u64,
    /// How it ended.
    pub end: StreamEnd,
    /// What the stream leaves as its value, such as `sklearn.svm._classes.SVC` or `dict`.
    pub root: String,
}

/// What lies behind the last stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trailing {
    /// Where it starts.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
    /// What it looks like.
    pub kind: TrailingKind,
}

/// What bytes behind the last stream look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TrailingKind {
    /// Only zero bytes.
    Zeros,
    /// White space.
    Blank,
    /// Raw tensor storages of the old PyTorch format, as announced.
    Storages,
    /// Bytes that nothing announces.
    Unknown,
    /// Unknown bytes with a pickle further in; the pickle was scanned.
    Pickle,
}

/// A construct that no honest serializer writes; weak evidence of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AnomalyKind {
    /// An opcode reads over the end of its frame: loaders disagree about what follows (CPython issue 154848).
    FrameStraddle,
    /// A memo index that makes the C unpickler allocate gigabytes.
    HugeMemoIndex,
    /// A frame announces more bytes than there are: C stops, pure Python goes on.
    FrameOverrun,
    /// A pickle follows raw bytes or another pickle where the format has none.
    ExtraStream,
    /// Bytes behind a `NumpyArrayWrapper` mean different things to joblib and to pickle.
    AmbiguousArray,
    /// An array of a separate file outside the folder of the pickle.
    OutsideFile,
}

/// An anomaly and its first place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Anomaly {
    /// What.
    pub kind: AnomalyKind,
    /// Where first.
    pub offset: u64,
}

/// Everything seen in one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickleFacts {
    /// The flavour that the content shows, or else the one asked for.
    pub flavour: Flavour,
    /// The first streams at depth 0, in order.
    pub streams: Vec<Stream>,
    /// All streams at depth 0.
    pub stream_count: u64,
    /// Pickles found inside literals of others.
    pub nested_count: u64,
    /// Distinct uses above [`Tier::Safe`], worst first, then by offset.
    pub uses: Vec<Use>,
    /// Occurrences of uses that did not fit into the list.
    pub uses_left_out: u64,
    /// Occurrences of approved uses.
    pub safe_uses: u64,
    /// Top-level packages of all imports, sorted, the first 64.
    pub packages: Vec<String>,
    /// Tensor storages that persistent ids refer to.
    pub storages: u64,
    /// Constructs that no honest serializer writes.
    pub anomalies: Vec<Anomaly>,
    /// What lies behind the last stream.
    pub trailing: Option<Trailing>,
    /// What was broken or not followed, the first 64.
    pub problems: Vec<Problem>,
    /// Problems that did not fit.
    pub problems_left_out: u64,
}

impl PickleFacts {
    /// The worst tier of all uses.
    #[must_use]
    pub fn worst(&self) -> Tier {
        self.uses
            .iter()
            .map(|it| it.tier)
            .max()
            .unwrap_or(Tier::Safe)
    }
}
