use std::fs;

use super::*;

fn measure(path: &Path) -> Result<Digests, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let hex: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Digests::sha256(&hex))
}

/// Runs a script of the shell in a folder with one input and one output.
fn recorded(
    folder: &Path,
    script: &str,
    change: &dyn Fn(&mut Plan),
) -> Result<Record, RecordError> {
    fs::write(folder.join("data.jsonl"), "{}\n").unwrap();
    let mut plan = Plan {
        command: ["sh", "-c", script].map(OsString::from).to_vec(),
        folder: folder.to_owned(),
        inputs: vec![Input {
            role: Role::Data,
            path: folder.join("data.jsonl"),
            uri: Some("https://example.com/data".to_owned()),
        }],
        outputs: vec![folder.join("model.bin")],
        parameters: BTreeMap::from([
            ("seed".to_owned(), json!(7)),
            ("hub_token".to_owned(), json!("x")),
        ]),
        variables: vec!["SEED".to_owned(), "HUB_TOKEN".to_owned()],
        log: None,
        builder: "https://lab.example/cluster".to_owned(),
        version: "0.1.0".to_owned(),
    };
    change(&mut plan);
    let around = Surroundings {
        measure: &measure,
        now: &|| "2026-01-31T12:00:00Z".to_owned(),
        variable: &|name| {
            (name != "VIRTUAL_ENV" && name.ends_with("SEED") || name == "HUB_TOKEN")
                .then(|| "7".to_owned())
        },
    };
    record(&plan, &around)
}

#[test]
fn what_went_in_and_what_came_out_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let record = recorded(folder.path(), "cat data.jsonl > model.bin", &|_| {}).unwrap();
    assert_eq!(record.subjects.len(), 1);
    assert_eq!(record.subjects[0].name.as_deref(), Some("model.bin"));
    assert_eq!(
        record.subjects[0].digests,
        measure(&folder.path().join("model.bin")).unwrap()
    );
    let provenance = record.provenance;
    assert_eq!(
        Value::Object(provenance.external.clone()),
        json!({
            "command": ["sh", "-c", "cat data.jsonl > model.bin"],
            "datasets": ["https://example.com/data"],
            "parameters": {"seed": 7, "hub_token": "[redacted]"},
        })
    );
    assert_eq!(
        provenance.internal["environment"],
        json!({"SEED": "7", "HUB_TOKEN": "[redacted]"})
    );
    let data = &provenance.dependencies[0];
    assert_eq!(data.annotations["role"], "dataset");
    assert_eq!(
        data.digests,
        measure(&folder.path().join("data.jsonl")).unwrap()
    );
    assert!(Provenance::read(&provenance.write()).is_ok());
}

#[test]
fn what_is_printed_is_kept_with_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("train.log");
    let record = recorded(
        folder.path(),
        "echo loss 0.1; echo warning >&2; echo w > model.bin",
        &|plan| {
            plan.log = Some(log.clone());
        },
    );
    let byproducts = record.unwrap().provenance.byproducts;
    assert_eq!(byproducts[0].digests, measure(&log).unwrap());
    let kept = fs::read_to_string(log).unwrap();
    assert!(kept.contains("loss 0.1") && kept.contains("warning"));
}

#[test]
fn nothing_is_attested_of_a_run_that_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let told = |script: &str, change: &dyn Fn(&mut Plan)| {
        recorded(path, script, change).unwrap_err().to_string()
    };
    assert!(told("exit 3", &|_| {}).contains("nothing is attested"));
    assert!(told("true", &|_| {}).contains("could not be measured"));
    fs::write(path.join("model.bin"), "old").unwrap();
    assert!(told("true", &|_| {}).contains("same as before"));
    assert!(told("echo x >> data.jsonl; echo new > model.bin", &|_| {}).contains("changed while"));
    assert!(told("true", &|plan| plan.outputs.clear()).contains("no output"));
    assert!(told("true", &|plan| plan.command.clear()).contains("no command"));
    let missing = |plan: &mut Plan| plan.command = vec![OsString::from("/no/such/program")];
    assert!(told("true", &missing).contains("did not start"));
    let elsewhere = |plan: &mut Plan| plan.log = Some(PathBuf::from("/no/such/folder/log"));
    assert!(told("true", &elsewhere).contains("could not be written"));
}
