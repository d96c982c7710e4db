//! XGBoost, LightGBM and CatBoost.

use super::{Case, bad, good};
use crate::classical::boosters::{
    Light, Tree, catboost_binary, catboost_core, catboost_json, lightgbm, ubj_ints, ubj_key,
    ubj_object, ubj_text, xgboost_binary, xgboost_json, xgboost_ubj,
};

pub(super) fn cases() -> Vec<Case> {
    [xgboost_text(), xgboost_bytes(), light(), cat()].concat()
}

fn xgboost_text() -> Vec<Case> {
    const CLASS: &str = "xgboost-structure";
    let json = |name: &str, tree: Tree, num_trees: i64, features: i64, learner: &str| {
        bad(
            CLASS,
            name,
            "model.json",
            xgboost_json(&tree, num_trees, features, learner),
        )
    };
    let plain = Tree::default;
    let children = |left: Vec<i32>| Tree {
        left,
        ..Tree::default()
    };
    let honest = xgboost_json(&Tree::default(), 1, 2, "");
    let deep = format!(
        "{}{}",
        r#"{"learner":{"gradient_booster":"#,
        r#"{"model":["#.repeat(5_000)
    );
    vec![
        json("json-child-outside", children(vec![7, -1, -1]), 1, 2, ""),
        json("json-child-negative", children(vec![-5, -1, -1]), 1, 2, ""),
        json("json-child-cycle", children(vec![0, -1, -1]), 1, 2, ""),
        json("json-child-shared", Tree { right: vec![1, -1, -1], ..plain() }, 1, 2, ""),
        json("json-num-nodes-lie", Tree { nodes: 2_000_000_000, ..plain() }, 1, 2, ""),
        json("json-num-nodes-negative", Tree { nodes: -1, ..plain() }, 1, 2, ""),
        json("json-num-trees-lie", plain(), 1_000_000, 2, ""),
        json("json-num-feature-negative", plain(), 1, -4, ""),
        json("json-feature-outside", Tree { split: vec![900, 0, 0], ..plain() }, 1, 2, ""),
        json("json-arrays-disagree", Tree { right: vec![2, -1], ..plain() }, 1, 2, ""),
        json("json-array-of-splits-short", Tree { split: vec![0], ..plain() }, 1, 2, ""),
        json("json-duplicate-key", plain(), 1, 2, r#""objective":{"name":"reg:squarederror"},"#),
        json("json-parameter-path", plain(), 1, 2, r#""plugin":"../../../tmp/plugin.so","#),
        json("json-parameter-address", plain(), 1, 2, r#""model_in":"http://203.0.113.9/model.json","#),
        json("json-code-in-note", plain(), 1, 2, r#""note":"__import__('os').system('echo inert')","#),
        bad(CLASS, "json-tree-info-outside", "model.json", honest.replace("\"tree_info\":[0]", "\"tree_info\":[99]")),
        bad(CLASS, "json-deep", "model.json", deep),
        good(CLASS, "json-honest", "model.json", honest.clone()),
        good(CLASS, "json-honest-attributes", "model.json", honest.replace("\"attributes\":{}", r#""attributes":{"best_iteration":"3","source":"/data/train.csv","eval(metric)":"auc"}"#)),
        good(CLASS, "json-honest-unknown-objective", "model.json", honest.replace("binary:logistic", "reg:gamma_custom")),
        good(CLASS, "json-honest-vector-leaves", "model.json", xgboost_json(&Tree { right: vec![2, 0, 1], ..plain() }, 1, 2, "")),
    ]
}

fn xgboost_bytes() -> Vec<Case> {
    const CLASS: &str = "xgboost-binary";
    let left = ubj_ints(&[1, -1, -1], 3);
    let attributes = ubj_object(&[("best_iteration", ubj_text("3"))]);
    let binary = |name: &str, tree: Tree, trees: i32| {
        bad(CLASS, name, "model.bin", xgboost_binary(&tree, trees, 2))
    };
    let lying_text = [
        b"{".to_vec(),
        ubj_key("note"),
        b"SL".to_vec(),
        (1_i64 << 40).to_be_bytes().to_vec(),
    ]
    .concat();
    let flood = [
        b"{L\0\0\0\0\0\0\0\x07learner{L\0\0\0\0\0\0\0\x0aattributes".to_vec(),
        vec![b'N'; 20_000],
    ]
    .concat();
    let deep = [
        b"{L\0\0\0\0\0\0\0\x07learner{L\0\0\0\0\0\0\0\x0aattributes".to_vec(),
        vec![b'['; 20_000],
    ]
    .concat();
    let bomb = b"[$T#L\0\0\0\0\x7f\xff\xff\xff".to_vec();
    let twice = ubj_object(&[("note", ubj_text("a")), ("note", ubj_text("b"))]);
    vec![
        bad(
            CLASS,
            "ubj-array-length-lie",
            "model.ubj",
            xgboost_ubj(&ubj_ints(&[1, -1, -1], 1 << 40), &attributes),
        ),
        bad(
            CLASS,
            "ubj-array-length-negative",
            "model.ubj",
            xgboost_ubj(&ubj_ints(&[1, -1, -1], -3), &attributes),
        ),
        bad(
            CLASS,
            "ubj-text-length-lie",
            "model.ubj",
            xgboost_ubj(&left, &lying_text),
        ),
        bad(
            CLASS,
            "ubj-child-outside",
            "model.ubj",
            xgboost_ubj(&ubj_ints(&[99, -1, -1], 3), &attributes),
        ),
        bad(
            CLASS,
            "ubj-child-cycle",
            "model.ubj",
            xgboost_ubj(&ubj_ints(&[0, -1, -1], 3), &attributes),
        ),
        bad(
            CLASS,
            "ubj-arrays-disagree",
            "model.ubj",
            xgboost_ubj(&ubj_ints(&[1, -1], 2), &attributes),
        ),
        bad(
            CLASS,
            "ubj-duplicate-key",
            "model.ubj",
            xgboost_ubj(&left, &twice),
        ),
        bad(CLASS, "ubj-noop-flood", "model.ubj", flood),
        bad(CLASS, "ubj-deep", "model.ubj", deep),
        bad(
            CLASS,
            "ubj-bomb-without-bytes",
            "model.ubj",
            xgboost_ubj(&left, &ubj_object(&[("x", bomb)])),
        ),
        binary(
            "binary-child-outside",
            Tree {
                left: vec![70, -1, -1],
                ..Tree::default()
            },
            1,
        ),
        binary(
            "binary-child-cycle",
            Tree {
                left: vec![0, -1, -1],
                ..Tree::default()
            },
            1,
        ),
        binary(
            "binary-feature-outside",
            Tree {
                split: vec![77, 0, 0],
                ..Tree::default()
            },
            1,
        ),
        binary("binary-trees-lie", Tree::default(), i32::MAX),
        binary("binary-trees-negative", Tree::default(), -1),
        binary(
            "binary-nodes-lie",
            Tree {
                nodes: 1 << 30,
                ..Tree::default()
            },
            1,
        ),
        binary(
            "binary-nodes-negative",
            Tree {
                nodes: -2,
                ..Tree::default()
            },
            1,
        ),
        good(
            CLASS,
            "ubj-honest",
            "model.ubj",
            xgboost_ubj(&left, &attributes),
        ),
        good(
            CLASS,
            "binary-honest",
            "model.bin",
            xgboost_binary(&Tree::default(), 1, 2),
        ),
    ]
}

fn light() -> Vec<Case> {
    const CLASS: &str = "lightgbm-structure";
    let case = |name: &str, light: Light| bad(CLASS, name, "model.txt", lightgbm(&light));
    let with = Light::default;
    let parameters = |line: &str| Light {
        parameters: format!("[boosting: gbdt]\n[{line}]\n"),
        ..Light::default()
    };
    vec![
        case("leaves-lie", Light { leaves: "2000000".into(), ..with() }),
        case("leaves-negative", Light { leaves: "-3".into(), ..with() }),
        case("leaves-no-number", Light { leaves: "many".into(), ..with() }),
        case("child-outside", Light { left: "-1 500".into(), ..with() }),
        case("leaf-outside", Light { left: "-1 -77".into(), ..with() }),
        case("child-cycle", Light { right: "0 -3".into(), ..with() }),
        case("feature-outside", Light { split: "0 4000".into(), ..with() }),
        case("values-short", Light { values: "0.1".into(), ..with() }),
        case("tree-size-lie", Light { size: "99999999".into(), ..with() }),
        case("tree-size-cuts-elsewhere", Light { size: "10 10".into(), ..with() }),
        case("linear-lie", Light { more: "is_linear=1\nleaf_const=0 0 0\nnum_features=9 9 9\nleaf_features=0\nleaf_coeff=1\n".into(), ..with() }),
        case("linear-feature-outside", Light { more: "is_linear=1\nleaf_const=0 0 0\nnum_features=1 0 0\nleaf_features=88\nleaf_coeff=1\n".into(), ..with() }),
        case("machines", parameters("machines: 203.0.113.9:12400")),
        case("machine-list", parameters("machine_list_filename: /etc/hosts")),
        case("forced-splits-escape", parameters("forcedsplits_filename: ../../../etc/passwd")),
        case("output-absolute", parameters("output_model: /root/.bashrc")),
        case("snapshot-share", parameters("input_model: \\\\203.0.113.9\\share\\model.txt")),
        case("code-in-categories", Light { pandas: r#"[["a", "__import__('os').system('echo inert')"]]"#.into(), ..with() }),
        good(CLASS, "honest", "model.txt", lightgbm(&with())),
        good(CLASS, "honest-categories", "model.txt", lightgbm(&Light { pandas: r#"[["a", "b/c", "eval"]]"#.into(), ..with() })),
        good(CLASS, "honest-linear", "model.txt", lightgbm(&Light { more: "is_linear=1\nleaf_const=0 0 0\nnum_features=1 0 1\nleaf_features=0  1\nleaf_coeff=1  2\n".into(), ..with() })),
        good(CLASS, "honest-data-path", "model.txt", lightgbm(&parameters("data: /home/me/train.csv"))),
        good(CLASS, "honest-relative-output", "model.txt", lightgbm(&parameters("output_model: LightGBM_model.txt"))),
    ]
}

fn cat() -> Vec<Case> {
    const CLASS: &str = "catboost-structure";
    let honest = catboost_core("FlabuffersModel_v1", 18);
    let size = u32::try_from(honest.len()).expect("small");
    let lying = catboost_core("FlabuffersModel_v1", 0x7fff_ffff);
    vec![
        bad(
            CLASS,
            "core-size-lie",
            "model.cbm",
            catboost_binary(u32::MAX, &honest),
        ),
        bad(
            CLASS,
            "root-outside",
            "model.cbm",
            catboost_binary(8, &[0xff; 8]),
        ),
        bad(
            CLASS,
            "vector-lie",
            "model.cbm",
            catboost_binary(size, &lying),
        ),
        bad(
            CLASS,
            "json-feature-outside",
            "model.json",
            catboost_json(40, 2, ""),
        ),
        bad(
            CLASS,
            "json-leaves-disagree",
            "model.json",
            catboost_json(0, 3, ""),
        ),
        bad(
            CLASS,
            "json-code-in-info",
            "model.json",
            catboost_json(0, 2, r#""params":"__import__('os').system('echo inert')""#),
        ),
        bad(
            CLASS,
            "json-duplicate-key",
            "model.json",
            catboost_json(0, 2, r#""a":1,"a":2"#),
        ),
        good(CLASS, "honest", "model.cbm", catboost_binary(size, &honest)),
        good(
            CLASS,
            "json-honest",
            "model.json",
            catboost_json(
                0,
                2,
                r#""output_options":{"train_dir":"/home/me/run","allow_writing_files":true}"#,
            ),
        ),
    ]
}
