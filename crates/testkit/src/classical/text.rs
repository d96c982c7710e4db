//! Models as text: PMML, the schema of skops, the configuration of spaCy, the metadata of Orbax and zarr.

/// A PMML document with a prologue behind the declaration and content in the model.
#[must_use]
pub fn pmml(prologue: &str, header: &str, content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{prologue}<PMML xmlns=\"http://www.dmg.org/PMML-4_4\" version=\"4.4\">\n<Header>{header}<Application name=\"fixture\" version=\"1\"/></Header>\n<DataDictionary><DataField name=\"x\" optype=\"continuous\" dataType=\"double\"/></DataDictionary>\n{content}\n<RegressionModel functionName=\"regression\"><MiningSchema><MiningField name=\"x\"/></MiningSchema><RegressionTable intercept=\"1\"/></RegressionModel>\n</PMML>\n"
    )
}

/// A derived field that applies a function.
#[must_use]
pub fn pmml_apply(function: &str) -> String {
    format!(
        "<TransformationDictionary><DerivedField name=\"d\" optype=\"continuous\" dataType=\"double\"><Apply function=\"{function}\"><FieldRef field=\"x\"/></Apply></DerivedField></TransformationDictionary>"
    )
}

/// A node of a skops schema; `more` holds further members, each with a leading comma.
#[must_use]
pub fn node(module: &str, class: &str, loader: &str, more: &str) -> String {
    format!(
        r#"{{"__class__":"{class}","__module__":"{module}","__loader__":"{loader}","__id__":1{more}}}"#
    )
}

/// A JSON value inside a skops schema; `content` is itself JSON, escaped.
#[must_use]
pub fn json_node(content: &str) -> String {
    let escaped = content.replace('"', "\\\"");
    node(
        "builtins",
        "str",
        "JsonNode",
        &format!(r#","content":"{escaped}","is_json":true"#),
    )
}

/// A list inside a skops schema.
#[must_use]
pub fn list_node(items: &[String]) -> String {
    node(
        "builtins",
        "list",
        "ListNode",
        &format!(r#","content":[{}]"#, items.join(",")),
    )
}

/// A whole schema around an estimator with one attribute.
#[must_use]
pub fn skops(attribute: &str, value: &str) -> String {
    let keys = list_node(&[node("builtins", "str", "TypeNode", "")]);
    let content = format!(r#","content":{{"{attribute}":{value}}},"key_types":{keys}"#);
    let state = node("builtins", "dict", "DictNode", &content);
    let estimator = node(
        "sklearn.linear_model._logistic",
        "LogisticRegression",
        "ObjectNode",
        &format!(r#","content":{state}"#),
    );
    let body = estimator.strip_suffix('}').unwrap_or(&estimator);
    format!(r#"{body},"protocol":2,"_skops_version":"0.13.0"}}"#)
}

/// A spaCy configuration with more sections at the end.
#[must_use]
pub fn spacy(more: &str) -> String {
    format!(
        "[paths]\ntrain = null\ndev = null\n\n[system]\nseed = 0\n\n[nlp]\nlang = \"en\"\npipeline = [\"tagger\"]\nbatch_size = 1000\n\n[nlp.tokenizer]\n@tokenizers = \"spacy.Tokenizer.v1\"\n\n[components.tagger]\nfactory = \"tagger\"\n\n[components.tagger.model]\n@architectures = \"spacy.Tagger.v2\"\n\n{more}"
    )
}

/// The metadata of an Orbax checkpoint.
#[must_use]
pub fn orbax(handler: &str) -> String {
    format!(
        r#"{{"item_handlers":"{handler}","metrics":{{}},"performance_metrics":{{}},"init_timestamp_nsecs":1,"commit_timestamp_nsecs":2,"custom_metadata":{{}}}}"#
    )
}

/// The tree of an Orbax checkpoint with one parameter.
#[must_use]
pub fn orbax_tree(key: &str) -> String {
    format!(
        r#"{{"tree_metadata":{{"('{key}',)":{{"key_metadata":[{{"key":"{key}","key_type":2}}],"value_metadata":{{"value_type":"jax.Array","skip_deserialize":false}}}}}},"use_ocdbt":true,"use_zarr3":false,"custom_metadata":null}}"#
    )
}

/// The metadata of a zarr array of version 2.
#[must_use]
pub fn zarr(shape: &str, chunks: &str, filters: &str) -> String {
    format!(
        r#"{{"chunks":{chunks},"compressor":{{"id":"zstd","level":1}},"dimension_separator":".","dtype":"<f8","fill_value":null,"filters":{filters},"order":"C","shape":{shape},"zarr_format":2}}"#
    )
}
