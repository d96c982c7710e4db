//! The messages of TensorFlow that are read, by the names of their fields: what text and JSON need to become protobuf.
//!
//! Only fields that the parsers look at are listed; all others are passed over.

use Shape::{Bytes, Double, Fixed, Map, Nested, Number, Single, Text};

/// How a field is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// A variable-length number, a truth value or an enum.
    Number,
    /// Four bytes of floating point.
    Single,
    /// Eight bytes of floating point.
    Double,
    /// Eight bytes.
    Fixed,
    /// Text.
    Text,
    /// Bytes: base64 in JSON.
    Bytes,
    /// A message.
    Nested(&'static Schema),
    /// A map, whose entries are these messages.
    Map(&'static Schema),
}

/// One message.
#[derive(Debug)]
pub(super) struct Schema {
    /// Name, number and shape of each field.
    pub(super) fields: &'static [(&'static str, u32, Shape)],
}

impl Schema {
    /// A field by its name, as text or as JSON (`lowerCamelCase`) spells it.
    pub(super) fn field(&self, name: &str) -> Option<(u32, Shape)> {
        let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
        let found = self.fields.iter().find(|(own, ..)| *own == name);
        let found = found.or_else(|| {
            let name = plain(name);
            self.fields.iter().find(|(own, ..)| plain(own) == name)
        });
        found.map(|(_, number, shape)| (*number, *shape))
    }
}

macro_rules! schema {
    ($($(#[$doc:meta])* $name:ident { $($field:literal = $number:literal $shape:expr;)* })*) => {
        $($(#[$doc])* pub(super) static $name: Schema = Schema { fields: &[$(($field, $number, $shape)),*] };)*
    };
}

schema! {
    /// `SavedModel`.
    SAVED_MODEL {
        "saved_model_schema_version" = 1 Number;
        "meta_graphs" = 2 Nested(&META_GRAPH);
    }
    /// `MetaGraphDef`.
    META_GRAPH {
        "meta_info_def" = 1 Nested(&META_INFO);
        "graph_def" = 2 Nested(&GRAPH);
        "saver_def" = 3 Nested(&SAVER);
        "collection_def" = 4 Map(&COLLECTION_ENTRY);
        "signature_def" = 5 Map(&SIGNATURE_ENTRY);
        "asset_file_def" = 6 Nested(&ASSET);
        "object_graph_def" = 7 Nested(&OBJECT_GRAPH);
    }
    META_INFO {
        "meta_graph_version" = 1 Text;
        "tags" = 4 Text;
        "tensorflow_version" = 5 Text;
    }
    /// `GraphDef`.
    GRAPH {
        "node" = 1 Nested(&NODE);
        "library" = 2 Nested(&LIBRARY);
        "version" = 3 Number;
        "versions" = 4 Nested(&VERSIONS);
    }
    VERSIONS { "producer" = 1 Number; "min_consumer" = 2 Number; }
    NODE {
        "name" = 1 Text;
        "op" = 2 Text;
        "input" = 3 Text;
        "device" = 4 Text;
        "attr" = 5 Map(&ATTRIBUTE_ENTRY);
    }
    ATTRIBUTE_ENTRY { "key" = 1 Text; "value" = 2 Nested(&ATTRIBUTE); }
    ATTRIBUTE {
        "list" = 1 Nested(&LIST);
        "s" = 2 Bytes;
        "i" = 3 Number;
        "f" = 4 Single;
        "b" = 5 Number;
        "type" = 6 Number;
        "shape" = 7 Nested(&SHAPE);
        "tensor" = 8 Nested(&TENSOR);
        "placeholder" = 9 Text;
        "func" = 10 Nested(&CALL);
    }
    LIST {
        "s" = 2 Bytes;
        "i" = 3 Number;
        "f" = 4 Single;
        "b" = 5 Number;
        "type" = 6 Number;
        "shape" = 7 Nested(&SHAPE);
        "tensor" = 8 Nested(&TENSOR);
        "func" = 9 Nested(&CALL);
    }
    CALL { "name" = 1 Text; "attr" = 2 Map(&ATTRIBUTE_ENTRY); }
    SHAPE { "dim" = 2 Nested(&DIMENSION); "unknown_rank" = 3 Number; }
    DIMENSION { "size" = 1 Number; "name" = 2 Text; }
    TENSOR {
        "dtype" = 1 Number;
        "tensor_shape" = 2 Nested(&SHAPE);
        "version_number" = 3 Number;
        "tensor_content" = 4 Bytes;
        "float_val" = 5 Single;
        "double_val" = 6 Double;
        "int_val" = 7 Number;
        "string_val" = 8 Bytes;
        "scomplex_val" = 9 Single;
        "int64_val" = 10 Number;
        "bool_val" = 11 Number;
        "dcomplex_val" = 12 Double;
        "half_val" = 13 Number;
        "uint32_val" = 16 Number;
        "uint64_val" = 17 Number;
    }
    LIBRARY { "function" = 1 Nested(&FUNCTION); "gradient" = 2 Nested(&GRADIENT); }
    GRADIENT { "function_name" = 1 Text; "gradient_func" = 2 Text; }
    FUNCTION {
        "signature" = 1 Nested(&SIGNATURE_OF_FUNCTION);
        "node_def" = 3 Nested(&NODE);
        "ret" = 4 Map(&TEXT_ENTRY);
    }
    SIGNATURE_OF_FUNCTION {
        "name" = 1 Text;
        "input_arg" = 2 Nested(&ARGUMENT);
        "output_arg" = 3 Nested(&ARGUMENT);
    }
    ARGUMENT { "name" = 1 Text; "type" = 3 Number; }
    TEXT_ENTRY { "key" = 1 Text; "value" = 2 Text; }
    SAVER {
        "filename_tensor_name" = 1 Text;
        "save_tensor_name" = 2 Text;
        "restore_op_name" = 3 Text;
    }
    COLLECTION_ENTRY { "key" = 1 Text; "value" = 2 Nested(&COLLECTION); }
    COLLECTION {
        "node_list" = 1 Nested(&NAMES);
        "bytes_list" = 2 Nested(&BYTES);
        "any_list" = 5 Nested(&ANYS);
    }
    NAMES { "value" = 1 Text; }
    BYTES { "value" = 1 Bytes; }
    ANYS { "value" = 1 Nested(&ANY); }
    ANY { "type_url" = 1 Text; "value" = 2 Bytes; }
    SIGNATURE_ENTRY { "key" = 1 Text; "value" = 2 Nested(&SIGNATURE); }
    SIGNATURE {
        "inputs" = 1 Map(&TENSOR_INFO_ENTRY);
        "outputs" = 2 Map(&TENSOR_INFO_ENTRY);
        "method_name" = 3 Text;
    }
    TENSOR_INFO_ENTRY { "key" = 1 Text; "value" = 2 Nested(&TENSOR_INFO); }
    TENSOR_INFO { "name" = 1 Text; "dtype" = 2 Number; "tensor_shape" = 3 Nested(&SHAPE); }
    ASSET { "tensor_info" = 1 Nested(&TENSOR_INFO); "filename" = 2 Text; }
    OBJECT_GRAPH {
        "nodes" = 1 Nested(&OBJECT);
        "concrete_functions" = 2 Map(&CONCRETE_ENTRY);
    }
    OBJECT {
        "children" = 1 Nested(&REFERENCE);
        "user_object" = 4 Nested(&USER_OBJECT);
        "asset" = 5 Nested(&ASSET_OBJECT);
        "function" = 6 Nested(&FUNCTION_OBJECT);
        "variable" = 7 Nested(&OTHER);
        "bare_concrete_function" = 8 Nested(&BARE_OBJECT);
        "constant" = 9 Nested(&CONSTANT_OBJECT);
        "resource" = 10 Nested(&OTHER);
        "saveable_objects" = 11 Map(&SAVEABLE_ENTRY);
    }
    OTHER { "name" = 6 Text; }
    REFERENCE { "node_id" = 1 Number; "local_name" = 2 Text; }
    USER_OBJECT { "identifier" = 1 Text; "version" = 2 Nested(&VERSIONS); "metadata" = 3 Text; }
    ASSET_OBJECT { "asset_file_def_index" = 1 Number; }
    FUNCTION_OBJECT { "concrete_functions" = 1 Text; }
    BARE_OBJECT { "concrete_function_name" = 1 Text; }
    CONSTANT_OBJECT { "operation" = 1 Text; }
    SAVEABLE_ENTRY { "key" = 1 Text; "value" = 2 Nested(&SAVEABLE); }
    SAVEABLE { "save_function" = 2 Number; "restore_function" = 3 Number; }
    CONCRETE_ENTRY { "key" = 1 Text; "value" = 2 Nested(&CONCRETE); }
    CONCRETE { "bound_inputs" = 2 Number; }
    /// `SavedMetadata` of Keras.
    KERAS_METADATA { "nodes" = 1 Nested(&KERAS_OBJECT); }
    KERAS_OBJECT {
        "node_id" = 2 Number;
        "node_path" = 3 Text;
        "identifier" = 4 Text;
        "metadata" = 5 Text;
    }
    /// `CheckpointState`.
    CHECKPOINT_STATE {
        "model_checkpoint_path" = 1 Text;
        "all_model_checkpoint_paths" = 2 Text;
        "all_model_checkpoint_timestamps" = 3 Double;
        "last_preserved_timestamp" = 4 Fixed;
    }
}

/// The types of tensors, at their numbers.
const TYPES: &[&str] = &[
    "DT_INVALID",
    "DT_FLOAT",
    "DT_DOUBLE",
    "DT_INT32",
    "DT_UINT8",
    "DT_INT16",
    "DT_INT8",
    "DT_STRING",
    "DT_COMPLEX64",
    "DT_INT64",
    "DT_BOOL",
    "DT_QINT8",
    "DT_QUINT8",
    "DT_QINT32",
    "DT_BFLOAT16",
    "DT_QINT16",
    "DT_QUINT16",
    "DT_UINT16",
    "DT_COMPLEX128",
    "DT_HALF",
    "DT_RESOURCE",
    "DT_VARIANT",
    "DT_UINT32",
    "DT_UINT64",
];

/// The number that a word stands for.
pub(super) fn number(word: &str) -> u64 {
    if let Some(place) = TYPES.iter().position(|name| *name == word) {
        return u64::try_from(place).unwrap_or(0);
    }
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => (-1_i64, digits),
        None => (1, word),
    };
    let value = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(hexadecimal) => u64::from_str_radix(hexadecimal, 16).ok(),
        None => digits.parse::<u64>().ok(),
    };
    match (word, value) {
        ("true" | "True" | "t", _) => 1,
        (_, Some(value)) if sign < 0 => value.wrapping_neg(),
        (_, Some(value)) => value,
        (_, None) => 0,
    }
}
