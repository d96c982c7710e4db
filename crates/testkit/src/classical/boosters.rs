//! Boosters: XGBoost as JSON, UBJSON and in binary form, LightGBM as text, CatBoost as JSON and in binary form.

/// What differs between fixtures of XGBoost trees.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Child indices, left.
    pub left: Vec<i32>,
    /// Child indices, right.
    pub right: Vec<i32>,
    /// Features of the splits.
    pub split: Vec<i32>,
    /// The stated number of nodes.
    pub nodes: i64,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            left: vec![1, -1, -1],
            right: vec![2, -1, -1],
            split: vec![0, 0, 0],
            nodes: 3,
        }
    }
}

/// An XGBoost model of one tree as JSON. `learner` is put into the learner as it is.
#[must_use]
pub fn xgboost_json(tree: &Tree, num_trees: i64, num_feature: i64, learner: &str) -> String {
    let Tree {
        left,
        right,
        split,
        nodes,
    } = tree;
    let zeros = vec![0; left.len()];
    format!(
        r#"{{"learner":{{{learner}"attributes":{{}},"feature_names":[],"feature_types":[],"gradient_booster":{{"model":{{"gbtree_model_param":{{"num_parallel_tree":"1","num_trees":"{num_trees}"}},"tree_info":[0],"trees":[{{"base_weights":{zeros:?},"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[],"default_left":{zeros:?},"id":0,"left_children":{left:?},"loss_changes":{zeros:?},"parents":{zeros:?},"right_children":{right:?},"split_conditions":{zeros:?},"split_indices":{split:?},"split_type":{zeros:?},"sum_hessian":{zeros:?},"tree_param":{{"num_deleted":"0","num_feature":"{num_feature}","num_nodes":"{nodes}","size_leaf_vector":"1"}}}}]}},"name":"gbtree"}},"learner_model_param":{{"base_score":"5E-1","boost_from_average":"1","num_class":"0","num_feature":"{num_feature}","num_target":"1"}},"objective":{{"name":"binary:logistic"}}}},"version":[2,1,4]}}"#
    )
}

/// Pieces of UBJSON.
#[must_use]
pub fn ubj_key(name: &str) -> Vec<u8> {
    [
        vec![b'L'],
        (name.len() as u64).to_be_bytes().to_vec(),
        name.as_bytes().to_vec(),
    ]
    .concat()
}

/// A UBJSON object.
#[must_use]
pub fn ubj_object(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (key, value) in members {
        out.extend(ubj_key(key));
        out.extend(value);
    }
    out.push(b'}');
    out
}

/// A UBJSON text.
#[must_use]
pub fn ubj_text(text: &str) -> Vec<u8> {
    [vec![b'S'], ubj_key(text)].concat()
}

/// A typed UBJSON array of `i32` that claims `count` elements.
#[must_use]
pub fn ubj_ints(values: &[i32], count: i64) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|each| each.to_be_bytes()).collect();
    [b"[$l#L".to_vec(), count.to_be_bytes().to_vec(), bytes].concat()
}

/// An XGBoost model of one tree as UBJSON; `left` replaces the left child array, `attributes` the attributes.
#[must_use]
pub fn xgboost_ubj(left: &[u8], attributes: &[u8]) -> Vec<u8> {
    let ints = |values: &[i32]| ubj_ints(values, values.len() as i64);
    let param = ubj_object(&[
        ("num_deleted", ubj_text("0")),
        ("num_feature", ubj_text("2")),
        ("num_nodes", ubj_text("3")),
        ("size_leaf_vector", ubj_text("1")),
    ]);
    let tree = ubj_object(&[
        ("left_children", left.to_vec()),
        ("right_children", ints(&[2, -1, -1])),
        ("split_indices", ints(&[0, 0, 0])),
        ("tree_param", param),
    ]);
    let model = ubj_object(&[
        (
            "gbtree_model_param",
            ubj_object(&[
                ("num_parallel_tree", ubj_text("1")),
                ("num_trees", ubj_text("1")),
            ]),
        ),
        ("tree_info", ints(&[0])),
        ("trees", [vec![b'['], tree, vec![b']']].concat()),
    ]);
    let booster = ubj_object(&[("model", model), ("name", ubj_text("gbtree"))]);
    let parameters = ubj_object(&[
        ("num_class", ubj_text("0")),
        ("num_feature", ubj_text("2")),
        ("num_target", ubj_text("1")),
    ]);
    let learner = ubj_object(&[
        ("attributes", attributes.to_vec()),
        ("gradient_booster", booster),
        ("learner_model_param", parameters),
    ]);
    ubj_object(&[("learner", learner), ("version", ints(&[2, 1, 4]))])
}

/// An XGBoost model of one tree in binary form.
#[must_use]
pub fn xgboost_binary(tree: &Tree, trees: i32, features: u32) -> Vec<u8> {
    let mut out = b"binf".to_vec();
    let mut learner = vec![0_u8; 136];
    learner[4..8].copy_from_slice(&features.to_le_bytes());
    learner[20..24].copy_from_slice(&1_u32.to_le_bytes());
    learner[24..28].copy_from_slice(&7_u32.to_le_bytes());
    out.extend(learner);
    for name in ["binary:logistic", "gbtree"] {
        out.extend((name.len() as u64).to_le_bytes());
        out.extend(name.as_bytes());
    }
    let mut booster = vec![0_u8; 160];
    booster[..4].copy_from_slice(&trees.to_le_bytes());
    out.extend(booster);
    let mut parameters = vec![0_u8; 148];
    parameters[..4].copy_from_slice(&1_i32.to_le_bytes());
    parameters[4..8].copy_from_slice(&i32::try_from(tree.nodes).expect("fits").to_le_bytes());
    out.extend(parameters);
    for ((left, right), split) in tree.left.iter().zip(&tree.right).zip(&tree.split) {
        for value in [0, *left, *right, *split, 0] {
            out.extend(value.to_le_bytes());
        }
    }
    out.extend(vec![0_u8; tree.left.len() * 16]);
    out.extend(0_i32.to_le_bytes());
    out
}

/// What differs between fixtures of LightGBM.
#[derive(Debug, Clone)]
pub struct Light {
    /// The stated number of leaves.
    pub leaves: String,
    /// Child indices, left.
    pub left: String,
    /// Child indices, right.
    pub right: String,
    /// Features of the splits.
    pub split: String,
    /// The values of the leaves.
    pub values: String,
    /// More lines of the tree.
    pub more: String,
    /// The stated size of the tree; the true one if empty.
    pub size: String,
    /// Lines of the parameters.
    pub parameters: String,
    /// What stands behind `pandas_categorical:`.
    pub pandas: String,
}

impl Default for Light {
    fn default() -> Self {
        Self {
            leaves: "3".to_owned(),
            left: "-1 -2".to_owned(),
            right: "1 -3".to_owned(),
            split: "0 1".to_owned(),
            values: "0.1 0.2 0.3".to_owned(),
            more: "is_linear=0\n".to_owned(),
            size: String::new(),
            parameters: "[boosting: gbdt]\n[data: ]\n[machines: ]\n".to_owned(),
            pandas: "null".to_owned(),
        }
    }
}

/// A LightGBM model of one tree.
#[must_use]
pub fn lightgbm(light: &Light) -> String {
    let Light {
        leaves,
        left,
        right,
        split,
        values,
        more,
        size,
        parameters,
        pandas,
    } = light;
    let tree = format!(
        "Tree=0\nnum_leaves={leaves}\nnum_cat=0\nsplit_feature={split}\nsplit_gain=1 1\nthreshold=0.5 0.5\ndecision_type=2 2\nleft_child={left}\nright_child={right}\nleaf_value={values}\n{more}shrinkage=1\n\n\n"
    );
    let size = if size.is_empty() {
        tree.len().to_string()
    } else {
        size.clone()
    };
    format!(
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\nobjective=regression\nfeature_names=a b\nfeature_infos=[0:1] [0:1]\ntree_sizes={size}\n\n{tree}end of trees\n\nfeature_importances:\na=1\n\nparameters:\n{parameters}\nend of parameters\n\npandas_categorical:{pandas}\n"
    )
}

/// A CatBoost model of one tree as JSON.
#[must_use]
pub fn catboost_json(feature: i64, leaves: usize, info: &str) -> String {
    let values = vec![0; leaves];
    format!(
        r#"{{"features_info":{{"float_features":[{{"borders":[0.5],"feature_index":0,"flat_feature_index":0}}]}},"model_info":{{{info}}},"oblivious_trees":[{{"leaf_values":{values:?},"splits":[{{"border":0.5,"float_feature_index":{feature},"split_index":0,"split_type":"FloatFeature"}}]}}],"scale_and_bias":[1,[0]]}}"#
    )
}

/// The binary form of CatBoost around a core; `size` is what it states.
#[must_use]
pub fn catboost_binary(size: u32, core: &[u8]) -> Vec<u8> {
    [b"CBM1".as_slice(), &size.to_le_bytes(), core].concat()
}

/// A core that holds only a version.
#[must_use]
pub fn catboost_core(version: &str, stated: u32) -> Vec<u8> {
    // The root offset, a table of field offsets (one field), the table, the text.
    let mut core = 12_u32.to_le_bytes().to_vec();
    core.extend([6_u16, 8, 4, 0].iter().flat_map(|each| each.to_le_bytes()));
    core.extend(8_i32.to_le_bytes());
    core.extend(4_u32.to_le_bytes());
    core.extend(stated.to_le_bytes());
    core.extend(version.as_bytes());
    core.push(0);
    core
}
