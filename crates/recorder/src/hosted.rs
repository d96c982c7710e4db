//! What the variables of a CI job say of a build: GitHub Actions and GitLab CI.
//!
//! For GitHub the shape is that of `https://actions.github.io/buildtypes/workflow/v1`, so verifiers that know artifacts
//! attested by GitHub itself read ours alike. GitLab has no published build type of version 1; ours is described in
//! `docs/attest.md`. A job can set its own variables: a record made inside of it is worth what its signature is worth.

use std::collections::BTreeMap;

use chainwright_provenance::predicate::{BuildMetadata, Provenance};
use chainwright_provenance::{Descriptor, Digests};
use serde_json::{Map, Value, json};
use thiserror::Error;

/// The build type of GitHub's workflows.
pub const GITHUB_BUILD_TYPE: &str = "https://actions.github.io/buildtypes/workflow/v1";

/// The build type of GitLab's jobs.
pub const GITLAB_BUILD_TYPE: &str =
    "https://github.com/chainwright/chainwright/builds/gitlab-job/v1";

/// Why the variables do not say enough.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HostedError {
    /// Neither GitHub Actions nor GitLab CI.
    #[error("this is no job of GitHub Actions or GitLab CI")]
    NoJob,
    /// A variable that the job should have is missing.
    #[error("the job has no `{0}`")]
    Missing(&'static str),
    /// A variable has another form than the documentation of the host says.
    #[error("`{0}` of the job has an unknown form")]
    Odd(&'static str),
}

/// Variables of a job.
#[derive(Debug, Clone, Copy)]
pub struct Variables<'a>(pub &'a BTreeMap<String, String>);

impl Variables<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    fn needed(&self, name: &'static str) -> Result<&str, HostedError> {
        self.get(name).ok_or(HostedError::Missing(name))
    }
}

/// The provenance that a job has; who calls adds when it began and ended.
///
/// # Errors
/// When this is no such job, or its variables do not say enough.
pub fn provenance(variables: Variables<'_>) -> Result<Provenance, HostedError> {
    if variables.get("GITHUB_ACTIONS") == Some("true") {
        of_github(variables)
    } else if variables.get("GITLAB_CI") == Some("true") {
        of_gitlab(variables)
    } else {
        Err(HostedError::NoJob)
    }
}

fn of_github(variables: Variables<'_>) -> Result<Provenance, HostedError> {
    let server = variables.needed("GITHUB_SERVER_URL")?;
    let name = variables.needed("GITHUB_REPOSITORY")?;
    let repository = format!("{server}/{name}");
    let reference = variables.needed("GITHUB_REF")?;
    let commit = commit(variables.needed("GITHUB_SHA")?, "GITHUB_SHA")?;
    // owner/name/.github/workflows/file.yml@refs/heads/main
    let workflow = variables.needed("GITHUB_WORKFLOW_REF")?;
    let (path, workflow_reference) = workflow
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.split_once('@'))
        .ok_or(HostedError::Odd("GITHUB_WORKFLOW_REF"))?;
    let mut github = Map::new();
    for (field, variable) in [
        ("event_name", "GITHUB_EVENT_NAME"),
        ("repository_id", "GITHUB_REPOSITORY_ID"),
        ("repository_owner_id", "GITHUB_REPOSITORY_OWNER_ID"),
        ("runner_environment", "RUNNER_ENVIRONMENT"),
    ] {
        if let Some(value) = variables.get(variable) {
            github.insert(field.to_owned(), Value::from(value));
        }
    }
    let run = variables.needed("GITHUB_RUN_ID")?;
    let attempt = variables.get("GITHUB_RUN_ATTEMPT").unwrap_or("1");
    let external = json!({"workflow": {
        "ref": workflow_reference, "repository": repository, "path": path,
    }});
    Ok(Provenance {
        build_type: GITHUB_BUILD_TYPE.to_owned(),
        external: fields(external),
        internal: fields(json!({"github": github})),
        dependencies: vec![source(&repository, reference, commit)],
        builder: format!("{server}/{workflow}"),
        metadata: BuildMetadata {
            invocation: Some(format!(
                "{repository}/actions/runs/{run}/attempts/{attempt}"
            )),
            ..BuildMetadata::default()
        },
        ..Provenance::default()
    })
}

fn of_gitlab(variables: Variables<'_>) -> Result<Provenance, HostedError> {
    let project = variables.needed("CI_PROJECT_URL")?;
    let commit = commit(variables.needed("CI_COMMIT_SHA")?, "CI_COMMIT_SHA")?;
    let reference = match (
        variables.get("CI_COMMIT_TAG"),
        variables.get("CI_COMMIT_REF_NAME"),
    ) {
        (Some(tag), _) => format!("refs/tags/{tag}"),
        (None, Some(branch)) => format!("refs/heads/{branch}"),
        (None, None) => return Err(HostedError::Missing("CI_COMMIT_REF_NAME")),
    };
    let config = variables.get("CI_CONFIG_PATH").unwrap_or(".gitlab-ci.yml");
    let external = json!({
        "repository": project, "ref": reference, "config": config, "job": variables.needed("CI_JOB_NAME")?,
    });
    let mut gitlab = Map::new();
    for (field, variable) in [
        ("pipeline_source", "CI_PIPELINE_SOURCE"),
        ("project_id", "CI_PROJECT_ID"),
        ("runner_version", "CI_RUNNER_VERSION"),
        ("runner_description", "CI_RUNNER_DESCRIPTION"),
    ] {
        if let Some(value) = variables.get(variable) {
            gitlab.insert(field.to_owned(), Value::from(value));
        }
    }
    let runner = variables.needed("CI_RUNNER_ID")?;
    Ok(Provenance {
        build_type: GITLAB_BUILD_TYPE.to_owned(),
        external: fields(external),
        internal: fields(json!({"gitlab": gitlab})),
        dependencies: vec![source(project, &reference, commit)],
        builder: format!("{project}/-/runners/{runner}"),
        metadata: BuildMetadata {
            invocation: Some(format!(
                "{project}/-/jobs/{}",
                variables.needed("CI_JOB_ID")?
            )),
            ..BuildMetadata::default()
        },
        ..Provenance::default()
    })
}

fn source(repository: &str, reference: &str, commit: &str) -> Descriptor {
    Descriptor::of_uri(format!("git+{repository}@{reference}"))
        .with(Digests::default().and("gitCommit", commit))
}

fn commit<'a>(text: &'a str, name: &'static str) -> Result<&'a str, HostedError> {
    let is_commit =
        matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then_some(text).ok_or(HostedError::Odd(name))
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "9a04d1ee393b5be2773b1ce204f61fe0fd02366a";

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn github() -> BTreeMap<String, String> {
        variables(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/bot"),
            ("GITHUB_REF", "refs/tags/v1"),
            ("GITHUB_SHA", COMMIT),
            (
                "GITHUB_WORKFLOW_REF",
                "acme/bot/.github/workflows/train.yml@refs/tags/v1",
            ),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_RUN_ATTEMPT", "2"),
            ("GITHUB_EVENT_NAME", "push"),
            ("RUNNER_ENVIRONMENT", "github-hosted"),
        ])
    }

    #[test]
    fn a_job_of_github_has_the_shape_of_github_itself() {
        let written = provenance(Variables(&github())).unwrap().write();
        let expected = json!({
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": {"workflow": {
                    "ref": "refs/tags/v1", "repository": "https://github.com/acme/bot", "path": ".github/workflows/train.yml",
                }},
                "internalParameters": {"github": {"event_name": "push", "runner_environment": "github-hosted"}},
                "resolvedDependencies": [{
                    "uri": "git+https://github.com/acme/bot@refs/tags/v1", "digest": {"gitCommit": COMMIT},
                }],
            },
            "runDetails": {
                "builder": {"id": "https://github.com/acme/bot/.github/workflows/train.yml@refs/tags/v1"},
                "metadata": {"invocationId": "https://github.com/acme/bot/actions/runs/77/attempts/2"},
            },
        });
        assert_eq!(written, expected);
    }

    #[test]
    fn a_job_of_gitlab_names_its_runner() {
        let job = variables(&[
            ("GITLAB_CI", "true"),
            ("CI_PROJECT_URL", "https://gitlab.com/acme/bot"),
            ("CI_COMMIT_SHA", COMMIT),
            ("CI_COMMIT_REF_NAME", "main"),
            ("CI_JOB_NAME", "train"),
            ("CI_JOB_ID", "9"),
            ("CI_RUNNER_ID", "12"),
        ]);
        let found = provenance(Variables(&job)).unwrap();
        assert_eq!(found.builder, "https://gitlab.com/acme/bot/-/runners/12");
        assert_eq!(found.external["ref"], "refs/heads/main");
        assert_eq!(
            found.metadata.invocation.as_deref(),
            Some("https://gitlab.com/acme/bot/-/jobs/9")
        );
    }

    #[test]
    fn what_a_job_does_not_say_is_an_error() {
        assert_eq!(
            provenance(Variables(&BTreeMap::new())),
            Err(HostedError::NoJob)
        );
        for name in [
            "GITHUB_REF",
            "GITHUB_SHA",
            "GITHUB_WORKFLOW_REF",
            "GITHUB_RUN_ID",
        ] {
            let mut job = github();
            job.remove(name);
            assert_eq!(provenance(Variables(&job)), Err(HostedError::Missing(name)));
        }
        let mut job = github();
        job.insert(
            "GITHUB_WORKFLOW_REF".to_owned(),
            "evil/bot/x.yml@main".to_owned(),
        );
        assert_eq!(
            provenance(Variables(&job)),
            Err(HostedError::Odd("GITHUB_WORKFLOW_REF"))
        );
    }
}
