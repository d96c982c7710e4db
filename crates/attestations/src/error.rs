//! Why a document is not what it should be; every kind can be told apart without reading text.

/// The document is refused. Nothing of it may be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// More bytes than the caller allows.
    #[error("the document has {size} bytes, more than the {limit} that are allowed")]
    TooLarge {
        /// What it has.
        size: usize,
        /// What is allowed.
        limit: usize,
    },
    /// More JSON values than the caller allows.
    #[error("the document has more than {0} values")]
    TooManyValues(usize),
    /// Not JSON, or JSON that is nested too deep.
    #[error("not readable as JSON at line {line}, column {column}")]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// One object has a key twice; readers differ in which one they take.
    #[error("the key `{key}` appears twice in one object, near line {line}")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Line, from 1.
        line: usize,
    },
    /// A field that must be there is not.
    #[error("`{field}` is missing")]
    Missing {
        /// Path of the field from the top of the document.
        field: String,
    },
    /// A field has another JSON type than it must have.
    #[error("`{field}` is not {expected}")]
    WrongType {
        /// Path of the field.
        field: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A field of bytes is not base64.
    #[error("`{field}` is not base64")]
    NotBase64 {
        /// Path of the field.
        field: String,
    },
    /// A field of bytes is not hexadecimal.
    #[error("`{field}` is not hexadecimal")]
    NotHex {
        /// Path of the field.
        field: String,
    },
    /// A count, an index or a time below zero.
    #[error("`{field}` is negative")]
    Negative {
        /// Path of the field.
        field: String,
    },
    /// A field of an integer is none, or is too large for 64 bits.
    #[error("`{field}` is not a whole number")]
    NotANumber {
        /// Path of the field.
        field: String,
    },
    /// The document says it is of a version that nobody has defined.
    #[error("the media type or version `{0}` is not known")]
    UnknownVersion(String),
    /// Fields that exclude each other are both there.
    #[error("`{field}` and `{other}` exclude each other")]
    Conflict {
        /// Path of one.
        field: String,
        /// Path of the other.
        other: String,
    },
    /// A list that must have something in it has nothing.
    #[error("`{field}` is empty")]
    Empty {
        /// Path of the list.
        field: String,
    },
    /// A certificate in text form cannot be taken apart.
    #[error("`{field}` is not a certificate in PEM form")]
    NotPem {
        /// Path of the field.
        field: String,
    },
    /// No kind of document that this crate knows.
    #[error("neither a bundle nor an envelope nor a cosign bundle")]
    UnknownDocument,
}
