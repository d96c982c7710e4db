//! Every rule.
// Written by the tests of this crate from the files beside it; do not edit.

use chainwright_analysis::RuleEntry;

#[path = "../training"]
mod training {
    //! The rules of this stage.
    #[path = "adapter_base_unpinned.rs"]
    pub(super) mod adapter_base_unpinned;
    #[path = "adapter_contradicts_config.rs"]
    pub(super) mod adapter_contradicts_config;
    #[path = "adapter_extreme_change.rs"]
    pub(super) mod adapter_extreme_change;
    #[path = "adapter_replaces_weights.rs"]
    pub(super) mod adapter_replaces_weights;
    #[path = "base_differs_from_attested.rs"]
    pub(super) mod base_differs_from_attested;
    #[path = "code_acts_on_import.rs"]
    pub(super) mod code_acts_on_import;
    #[path = "code_conceals_itself.rs"]
    pub(super) mod code_conceals_itself;
    #[path = "code_opens_backdoor.rs"]
    pub(super) mod code_opens_backdoor;
    #[path = "code_runs_hidden_payload.rs"]
    pub(super) mod code_runs_hidden_payload;
    #[path = "code_steals_credentials.rs"]
    pub(super) mod code_steals_credentials;
    #[path = "dependency_unhashed.rs"]
    pub(super) mod dependency_unhashed;
    #[path = "dependency_unmaintained.rs"]
    pub(super) mod dependency_unmaintained;
    #[path = "dependency_unpinned.rs"]
    pub(super) mod dependency_unpinned;
    #[path = "installed_file_altered.rs"]
    pub(super) mod installed_file_altered;
    #[path = "internal_name_public.rs"]
    pub(super) mod internal_name_public;
    #[path = "known_vulnerability.rs"]
    pub(super) mod known_vulnerability;
    #[path = "licence_conflict.rs"]
    pub(super) mod licence_conflict;
    #[path = "lookalike_name.rs"]
    pub(super) mod lookalike_name;
    #[path = "malicious_package.rs"]
    pub(super) mod malicious_package;
    #[path = "package_runs_install_script.rs"]
    pub(super) mod package_runs_install_script;
    #[path = "package_source_untrusted.rs"]
    pub(super) mod package_source_untrusted;
}
#[path = "../packaging"]
mod packaging {
    //! The rules of this stage.
    #[path = "architecture_contradicts_weights.rs"]
    pub(super) mod architecture_contradicts_weights;
    #[path = "archive_bomb.rs"]
    pub(super) mod archive_bomb;
    #[path = "archive_loader_conflict.rs"]
    pub(super) mod archive_loader_conflict;
    #[path = "archive_path_escape.rs"]
    pub(super) mod archive_path_escape;
    #[path = "array_malformed.rs"]
    pub(super) mod array_malformed;
    #[path = "checkpoint_rolled_back.rs"]
    pub(super) mod checkpoint_rolled_back;
    #[path = "config_ambiguous.rs"]
    pub(super) mod config_ambiguous;
    #[path = "config_path_escape.rs"]
    pub(super) mod config_path_escape;
    #[path = "config_runs_local_code.rs"]
    pub(super) mod config_runs_local_code;
    #[path = "config_runs_remote_code.rs"]
    pub(super) mod config_runs_remote_code;
    #[path = "config_trusts_remote_code.rs"]
    pub(super) mod config_trusts_remote_code;
    #[path = "content_contradicts_digest.rs"]
    pub(super) mod content_contradicts_digest;
    #[path = "content_not_fetched.rs"]
    pub(super) mod content_not_fetched;
    #[path = "content_unknown.rs"]
    pub(super) mod content_unknown;
    #[path = "dduf_malformed.rs"]
    pub(super) mod dduf_malformed;
    #[path = "digest_unusable.rs"]
    pub(super) mod digest_unusable;
    #[path = "document_gives_orders.rs"]
    pub(super) mod document_gives_orders;
    #[path = "embedded_program.rs"]
    pub(super) mod embedded_program;
    #[path = "executable_beside_weights.rs"]
    pub(super) mod executable_beside_weights;
    #[path = "format_mismatch.rs"]
    pub(super) mod format_mismatch;
    #[path = "generation_settings_hostile.rs"]
    pub(super) mod generation_settings_hostile;
    #[path = "gguf_malformed.rs"]
    pub(super) mod gguf_malformed;
    #[path = "hidden_text.rs"]
    pub(super) mod hidden_text;
    #[path = "licence_missing.rs"]
    pub(super) mod licence_missing;
    #[path = "model_calls_interpreter.rs"]
    pub(super) mod model_calls_interpreter;
    #[path = "model_custom_operator.rs"]
    pub(super) mod model_custom_operator;
    #[path = "model_external_entity.rs"]
    pub(super) mod model_external_entity;
    #[path = "model_loads_native_code.rs"]
    pub(super) mod model_loads_native_code;
    #[path = "model_malformed.rs"]
    pub(super) mod model_malformed;
    #[path = "model_path_escape.rs"]
    pub(super) mod model_path_escape;
    #[path = "model_protection_off.rs"]
    pub(super) mod model_protection_off;
    #[path = "model_resource_exhaustion.rs"]
    pub(super) mod model_resource_exhaustion;
    #[path = "model_runs_code.rs"]
    pub(super) mod model_runs_code;
    #[path = "model_touches_files.rs"]
    pub(super) mod model_touches_files;
    #[path = "model_unknown_callable.rs"]
    pub(super) mod model_unknown_callable;
    #[path = "model_uses_network.rs"]
    pub(super) mod model_uses_network;
    #[path = "pattern_resource_exhaustion.rs"]
    pub(super) mod pattern_resource_exhaustion;
    #[path = "pickle_ambiguous_stream.rs"]
    pub(super) mod pickle_ambiguous_stream;
    #[path = "pickle_code_execution.rs"]
    pub(super) mod pickle_code_execution;
    #[path = "pickle_dangerous_reference.rs"]
    pub(super) mod pickle_dangerous_reference;
    #[path = "pickle_indirection.rs"]
    pub(super) mod pickle_indirection;
    #[path = "pickle_serialized_code.rs"]
    pub(super) mod pickle_serialized_code;
    #[path = "pickle_trailing_data.rs"]
    pub(super) mod pickle_trailing_data;
    #[path = "pickle_unknown_callable.rs"]
    pub(super) mod pickle_unknown_callable;
    #[path = "pickle_unknown_class.rs"]
    pub(super) mod pickle_unknown_class;
    #[path = "provenance_mismatch.rs"]
    pub(super) mod provenance_mismatch;
    #[path = "provenance_missing.rs"]
    pub(super) mod provenance_missing;
    #[path = "safetensors_malformed.rs"]
    pub(super) mod safetensors_malformed;
    #[path = "secret_exposed.rs"]
    pub(super) mod secret_exposed;
    #[path = "shards_missing.rs"]
    pub(super) mod shards_missing;
    #[path = "signature_expired.rs"]
    pub(super) mod signature_expired;
    #[path = "signature_invalid.rs"]
    pub(super) mod signature_invalid;
    #[path = "signature_leaves_out_loadable.rs"]
    pub(super) mod signature_leaves_out_loadable;
    #[path = "signature_mismatch.rs"]
    pub(super) mod signature_mismatch;
    #[path = "signer_unknown.rs"]
    pub(super) mod signer_unknown;
    #[path = "slsa_level_below.rs"]
    pub(super) mod slsa_level_below;
    #[path = "template_code_injection.rs"]
    pub(super) mod template_code_injection;
    #[path = "template_hidden_behaviour.rs"]
    pub(super) mod template_hidden_behaviour;
    #[path = "template_resource_exhaustion.rs"]
    pub(super) mod template_resource_exhaustion;
    #[path = "tensors_outside_architecture.rs"]
    pub(super) mod tensors_outside_architecture;
    #[path = "tokenizer_files_disagree.rs"]
    pub(super) mod tokenizer_files_disagree;
    #[path = "tokenizer_rewrites_text.rs"]
    pub(super) mod tokenizer_rewrites_text;
    #[path = "unsafe_yaml_tag.rs"]
    pub(super) mod unsafe_yaml_tag;
    #[path = "vocabulary_exceeds_embedding.rs"]
    pub(super) mod vocabulary_exceeds_embedding;
    #[path = "vocabulary_tampered.rs"]
    pub(super) mod vocabulary_tampered;
    #[path = "weights_hidden_payload.rs"]
    pub(super) mod weights_hidden_payload;
    #[path = "weights_metadata_injection.rs"]
    pub(super) mod weights_metadata_injection;
    #[path = "weights_not_finite.rs"]
    pub(super) mod weights_not_finite;
    #[path = "weights_unsigned.rs"]
    pub(super) mod weights_unsigned;
    #[path = "weights_unusual.rs"]
    pub(super) mod weights_unusual;
}
#[path = "../serving"]
mod serving {
    //! The rules of this stage.
    #[path = "image_base_untrusted.rs"]
    pub(super) mod image_base_untrusted;
    #[path = "image_build_unchecked.rs"]
    pub(super) mod image_build_unchecked;
    #[path = "image_built_from_untrusted_source.rs"]
    pub(super) mod image_built_from_untrusted_source;
    #[path = "image_login_exposed.rs"]
    pub(super) mod image_login_exposed;
    #[path = "image_runs_as_root.rs"]
    pub(super) mod image_runs_as_root;
    #[path = "image_secret_in_lower_layer.rs"]
    pub(super) mod image_secret_in_lower_layer;
    #[path = "image_secret_in_settings.rs"]
    pub(super) mod image_secret_in_settings;
    #[path = "image_system_unsupported.rs"]
    pub(super) mod image_system_unsupported;
    #[path = "image_tag_moves.rs"]
    pub(super) mod image_tag_moves;
    #[path = "image_unusual_setuid.rs"]
    pub(super) mod image_unusual_setuid;
}
#[path = "../extensions"]
mod extensions {
    //! The rules of this stage.
    #[path = "action_domain_mismatch.rs"]
    pub(super) mod action_domain_mismatch;
    #[path = "agent_card_mismatch.rs"]
    pub(super) mod agent_card_mismatch;
    #[path = "agent_endpoint_redirected.rs"]
    pub(super) mod agent_endpoint_redirected;
    #[path = "command_runs_on_open.rs"]
    pub(super) mod command_runs_on_open;
    #[path = "extension_activates_everywhere.rs"]
    pub(super) mod extension_activates_everywhere;
    #[path = "extension_adds_others.rs"]
    pub(super) mod extension_adds_others;
    #[path = "link_leaves_repository.rs"]
    pub(super) mod link_leaves_repository;
    #[path = "permissions_too_broad.rs"]
    pub(super) mod permissions_too_broad;
    #[path = "secret_in_agent_config.rs"]
    pub(super) mod secret_in_agent_config;
    #[path = "server_exposed.rs"]
    pub(super) mod server_exposed;
    #[path = "server_launch_runs_shell.rs"]
    pub(super) mod server_launch_runs_shell;
    #[path = "server_launch_unpinned.rs"]
    pub(super) mod server_launch_unpinned;
    #[path = "server_name_lookalike.rs"]
    pub(super) mod server_name_lookalike;
    #[path = "server_over_plain_http.rs"]
    pub(super) mod server_over_plain_http;
    #[path = "server_without_authentication.rs"]
    pub(super) mod server_without_authentication;
    #[path = "telemetry_on.rs"]
    pub(super) mod telemetry_on;
    #[path = "tool_approval_bypassed.rs"]
    pub(super) mod tool_approval_bypassed;
}

/// Every rule, by stage and name.
pub static ALL: &[RuleEntry] = &[
    RuleEntry {
        rule: &training::adapter_base_unpinned::RULE,
        source: include_str!("../training/adapter_base_unpinned.rs"),
    },
    RuleEntry {
        rule: &training::adapter_contradicts_config::RULE,
        source: include_str!("../training/adapter_contradicts_config.rs"),
    },
    RuleEntry {
        rule: &training::adapter_extreme_change::RULE,
        source: include_str!("../training/adapter_extreme_change.rs"),
    },
    RuleEntry {
        rule: &training::adapter_replaces_weights::RULE,
        source: include_str!("../training/adapter_replaces_weights.rs"),
    },
    RuleEntry {
        rule: &training::base_differs_from_attested::RULE,
        source: include_str!("../training/base_differs_from_attested.rs"),
    },
    RuleEntry {
        rule: &training::code_acts_on_import::RULE,
        source: include_str!("../training/code_acts_on_import.rs"),
    },
    RuleEntry {
        rule: &training::code_conceals_itself::RULE,
        source: include_str!("../training/code_conceals_itself.rs"),
    },
    RuleEntry {
        rule: &training::code_opens_backdoor::RULE,
        source: include_str!("../training/code_opens_backdoor.rs"),
    },
    RuleEntry {
        rule: &training::code_runs_hidden_payload::RULE,
        source: include_str!("../training/code_runs_hidden_payload.rs"),
    },
    RuleEntry {
        rule: &training::code_steals_credentials::RULE,
        source: include_str!("../training/code_steals_credentials.rs"),
    },
    RuleEntry {
        rule: &training::dependency_unhashed::RULE,
        source: include_str!("../training/dependency_unhashed.rs"),
    },
    RuleEntry {
        rule: &training::dependency_unmaintained::RULE,
        source: include_str!("../training/dependency_unmaintained.rs"),
    },
    RuleEntry {
        rule: &training::dependency_unpinned::RULE,
        source: include_str!("../training/dependency_unpinned.rs"),
    },
    RuleEntry {
        rule: &training::installed_file_altered::RULE,
        source: include_str!("../training/installed_file_altered.rs"),
    },
    RuleEntry {
        rule: &training::internal_name_public::RULE,
        source: include_str!("../training/internal_name_public.rs"),
    },
    RuleEntry {
        rule: &training::known_vulnerability::RULE,
        source: include_str!("../training/known_vulnerability.rs"),
    },
    RuleEntry {
        rule: &training::licence_conflict::RULE,
        source: include_str!("../training/licence_conflict.rs"),
    },
    RuleEntry {
        rule: &training::lookalike_name::RULE,
        source: include_str!("../training/lookalike_name.rs"),
    },
    RuleEntry {
        rule: &training::malicious_package::RULE,
        source: include_str!("../training/malicious_package.rs"),
    },
    RuleEntry {
        rule: &training::package_runs_install_script::RULE,
        source: include_str!("../training/package_runs_install_script.rs"),
    },
    RuleEntry {
        rule: &training::package_source_untrusted::RULE,
        source: include_str!("../training/package_source_untrusted.rs"),
    },
    RuleEntry {
        rule: &packaging::architecture_contradicts_weights::RULE,
        source: include_str!("../packaging/architecture_contradicts_weights.rs"),
    },
    RuleEntry {
        rule: &packaging::archive_bomb::RULE,
        source: include_str!("../packaging/archive_bomb.rs"),
    },
    RuleEntry {
        rule: &packaging::archive_loader_conflict::RULE,
        source: include_str!("../packaging/archive_loader_conflict.rs"),
    },
    RuleEntry {
        rule: &packaging::archive_path_escape::RULE,
        source: include_str!("../packaging/archive_path_escape.rs"),
    },
    RuleEntry {
        rule: &packaging::array_malformed::RULE,
        source: include_str!("../packaging/array_malformed.rs"),
    },
    RuleEntry {
        rule: &packaging::checkpoint_rolled_back::RULE,
        source: include_str!("../packaging/checkpoint_rolled_back.rs"),
    },
    RuleEntry {
        rule: &packaging::config_ambiguous::RULE,
        source: include_str!("../packaging/config_ambiguous.rs"),
    },
    RuleEntry {
        rule: &packaging::config_path_escape::RULE,
        source: include_str!("../packaging/config_path_escape.rs"),
    },
    RuleEntry {
        rule: &packaging::config_runs_local_code::RULE,
        source: include_str!("../packaging/config_runs_local_code.rs"),
    },
    RuleEntry {
        rule: &packaging::config_runs_remote_code::RULE,
        source: include_str!("../packaging/config_runs_remote_code.rs"),
    },
    RuleEntry {
        rule: &packaging::config_trusts_remote_code::RULE,
        source: include_str!("../packaging/config_trusts_remote_code.rs"),
    },
    RuleEntry {
        rule: &packaging::content_contradicts_digest::RULE,
        source: include_str!("../packaging/content_contradicts_digest.rs"),
    },
    RuleEntry {
        rule: &packaging::content_not_fetched::RULE,
        source: include_str!("../packaging/content_not_fetched.rs"),
    },
    RuleEntry {
        rule: &packaging::content_unknown::RULE,
        source: include_str!("../packaging/content_unknown.rs"),
    },
    RuleEntry {
        rule: &packaging::dduf_malformed::RULE,
        source: include_str!("../packaging/dduf_malformed.rs"),
    },
    RuleEntry {
        rule: &packaging::digest_unusable::RULE,
        source: include_str!("../packaging/digest_unusable.rs"),
    },
    RuleEntry {
        rule: &packaging::document_gives_orders::RULE,
        source: include_str!("../packaging/document_gives_orders.rs"),
    },
    RuleEntry {
        rule: &packaging::embedded_program::RULE,
        source: include_str!("../packaging/embedded_program.rs"),
    },
    RuleEntry {
        rule: &packaging::executable_beside_weights::RULE,
        source: include_str!("../packaging/executable_beside_weights.rs"),
    },
    RuleEntry {
        rule: &packaging::format_mismatch::RULE,
        source: include_str!("../packaging/format_mismatch.rs"),
    },
    RuleEntry {
        rule: &packaging::generation_settings_hostile::RULE,
        source: include_str!("../packaging/generation_settings_hostile.rs"),
    },
    RuleEntry {
        rule: &packaging::gguf_malformed::RULE,
        source: include_str!("../packaging/gguf_malformed.rs"),
    },
    RuleEntry {
        rule: &packaging::hidden_text::RULE,
        source: include_str!("../packaging/hidden_text.rs"),
    },
    RuleEntry {
        rule: &packaging::licence_missing::RULE,
        source: include_str!("../packaging/licence_missing.rs"),
    },
    RuleEntry {
        rule: &packaging::model_calls_interpreter::RULE,
        source: include_str!("../packaging/model_calls_interpreter.rs"),
    },
    RuleEntry {
        rule: &packaging::model_custom_operator::RULE,
        source: include_str!("../packaging/model_custom_operator.rs"),
    },
    RuleEntry {
        rule: &packaging::model_external_entity::RULE,
        source: include_str!("../packaging/model_external_entity.rs"),
    },
    RuleEntry {
        rule: &packaging::model_loads_native_code::RULE,
        source: include_str!("../packaging/model_loads_native_code.rs"),
    },
    RuleEntry {
        rule: &packaging::model_malformed::RULE,
        source: include_str!("../packaging/model_malformed.rs"),
    },
    RuleEntry {
        rule: &packaging::model_path_escape::RULE,
        source: include_str!("../packaging/model_path_escape.rs"),
    },
    RuleEntry {
        rule: &packaging::model_protection_off::RULE,
        source: include_str!("../packaging/model_protection_off.rs"),
    },
    RuleEntry {
        rule: &packaging::model_resource_exhaustion::RULE,
        source: include_str!("../packaging/model_resource_exhaustion.rs"),
    },
    RuleEntry {
        rule: &packaging::model_runs_code::RULE,
        source: include_str!("../packaging/model_runs_code.rs"),
    },
    RuleEntry {
        rule: &packaging::model_touches_files::RULE,
        source: include_str!("../packaging/model_touches_files.rs"),
    },
    RuleEntry {
        rule: &packaging::model_unknown_callable::RULE,
        source: include_str!("../packaging/model_unknown_callable.rs"),
    },
    RuleEntry {
        rule: &packaging::model_uses_network::RULE,
        source: include_str!("../packaging/model_uses_network.rs"),
    },
    RuleEntry {
        rule: &packaging::pattern_resource_exhaustion::RULE,
        source: include_str!("../packaging/pattern_resource_exhaustion.rs"),
    },
    RuleEntry {
        rule: &packaging::pickle_ambiguous_stream::RULE,
        source: include_str!("../packaging/pickle_ambiguous_stream.rs"),
    },
    RuleEntry {
        rule: &packaging::pickle_code_execution::RULE,
        source: include_str!("../packaging/pickle_code_execution.rs"),
    },
    RuleEntry {
        rule: &packaging::pickle_dangerous_reference::RULE,
        source: include_str!("../packaging/pickle_dangerous_reference.rs"),
    },
    RuleEntry {
        rule: &packaging::pickle_indirection::RULE,
        source: include_str!("../packaging/pickle_indirection.rs"),
    },
    RuleEntry {
        rule: &packaging::pickle_serialized_code::RULE,
        source: include_str!("../packaging/pickle_serialized_code.rs"),
    },
    RuleEntry {
        rule: &packaging::pickle_trailing_data::RULE,
        source: include_str!("../packaging/pickle_trailing_data.rs"),
    },
    RuleEntry {
        rule: &packaging::pickle_unknown_callable::RULE,
        source: include_str!("../packaging/pickle_unknown_callable.rs"),
    },
    RuleEntry {
        rule: &packaging::pickle_unknown_class::RULE,
        source: include_str!("../packaging/pickle_unknown_class.rs"),
    },
    RuleEntry {
        rule: &packaging::provenance_mismatch::RULE,
        source: include_str!("../packaging/provenance_mismatch.rs"),
    },
    RuleEntry {
        rule: &packaging::provenance_missing::RULE,
        source: include_str!("../packaging/provenance_missing.rs"),
    },
    RuleEntry {
        rule: &packaging::safetensors_malformed::RULE,
        source: include_str!("../packaging/safetensors_malformed.rs"),
    },
    RuleEntry {
        rule: &packaging::secret_exposed::RULE,
        source: include_str!("../packaging/secret_exposed.rs"),
    },
    RuleEntry {
        rule: &packaging::shards_missing::RULE,
        source: include_str!("../packaging/shards_missing.rs"),
    },
    RuleEntry {
        rule: &packaging::signature_expired::RULE,
        source: include_str!("../packaging/signature_expired.rs"),
    },
    RuleEntry {
        rule: &packaging::signature_invalid::RULE,
        source: include_str!("../packaging/signature_invalid.rs"),
    },
    RuleEntry {
        rule: &packaging::signature_leaves_out_loadable::RULE,
        source: include_str!("../packaging/signature_leaves_out_loadable.rs"),
    },
    RuleEntry {
        rule: &packaging::signature_mismatch::RULE,
        source: include_str!("../packaging/signature_mismatch.rs"),
    },
    RuleEntry {
        rule: &packaging::signer_unknown::RULE,
        source: include_str!("../packaging/signer_unknown.rs"),
    },
    RuleEntry {
        rule: &packaging::slsa_level_below::RULE,
        source: include_str!("../packaging/slsa_level_below.rs"),
    },
    RuleEntry {
        rule: &packaging::template_code_injection::RULE,
        source: include_str!("../packaging/template_code_injection.rs"),
    },
    RuleEntry {
        rule: &packaging::template_hidden_behaviour::RULE,
        source: include_str!("../packaging/template_hidden_behaviour.rs"),
    },
    RuleEntry {
        rule: &packaging::template_resource_exhaustion::RULE,
        source: include_str!("../packaging/template_resource_exhaustion.rs"),
    },
    RuleEntry {
        rule: &packaging::tensors_outside_architecture::RULE,
        source: include_str!("../packaging/tensors_outside_architecture.rs"),
    },
    RuleEntry {
        rule: &packaging::tokenizer_files_disagree::RULE,
        source: include_str!("../packaging/tokenizer_files_disagree.rs"),
    },
    RuleEntry {
        rule: &packaging::tokenizer_rewrites_text::RULE,
        source: include_str!("../packaging/tokenizer_rewrites_text.rs"),
    },
    RuleEntry {
        rule: &packaging::unsafe_yaml_tag::RULE,
        source: include_str!("../packaging/unsafe_yaml_tag.rs"),
    },
    RuleEntry {
        rule: &packaging::vocabulary_exceeds_embedding::RULE,
        source: include_str!("../packaging/vocabulary_exceeds_embedding.rs"),
    },
    RuleEntry {
        rule: &packaging::vocabulary_tampered::RULE,
        source: include_str!("../packaging/vocabulary_tampered.rs"),
    },
    RuleEntry {
        rule: &packaging::weights_hidden_payload::RULE,
        source: include_str!("../packaging/weights_hidden_payload.rs"),
    },
    RuleEntry {
        rule: &packaging::weights_metadata_injection::RULE,
        source: include_str!("../packaging/weights_metadata_injection.rs"),
    },
    RuleEntry {
        rule: &packaging::weights_not_finite::RULE,
        source: include_str!("../packaging/weights_not_finite.rs"),
    },
    RuleEntry {
        rule: &packaging::weights_unsigned::RULE,
        source: include_str!("../packaging/weights_unsigned.rs"),
    },
    RuleEntry {
        rule: &packaging::weights_unusual::RULE,
        source: include_str!("../packaging/weights_unusual.rs"),
    },
    RuleEntry {
        rule: &serving::image_base_untrusted::RULE,
        source: include_str!("../serving/image_base_untrusted.rs"),
    },
    RuleEntry {
        rule: &serving::image_build_unchecked::RULE,
        source: include_str!("../serving/image_build_unchecked.rs"),
    },
    RuleEntry {
        rule: &serving::image_built_from_untrusted_source::RULE,
        source: include_str!("../serving/image_built_from_untrusted_source.rs"),
    },
    RuleEntry {
        rule: &serving::image_login_exposed::RULE,
        source: include_str!("../serving/image_login_exposed.rs"),
    },
    RuleEntry {
        rule: &serving::image_runs_as_root::RULE,
        source: include_str!("../serving/image_runs_as_root.rs"),
    },
    RuleEntry {
        rule: &serving::image_secret_in_lower_layer::RULE,
        source: include_str!("../serving/image_secret_in_lower_layer.rs"),
    },
    RuleEntry {
        rule: &serving::image_secret_in_settings::RULE,
        source: include_str!("../serving/image_secret_in_settings.rs"),
    },
    RuleEntry {
        rule: &serving::image_system_unsupported::RULE,
        source: include_str!("../serving/image_system_unsupported.rs"),
    },
    RuleEntry {
        rule: &serving::image_tag_moves::RULE,
        source: include_str!("../serving/image_tag_moves.rs"),
    },
    RuleEntry {
        rule: &serving::image_unusual_setuid::RULE,
        source: include_str!("../serving/image_unusual_setuid.rs"),
    },
    RuleEntry {
        rule: &extensions::action_domain_mismatch::RULE,
        source: include_str!("../extensions/action_domain_mismatch.rs"),
    },
    RuleEntry {
        rule: &extensions::agent_card_mismatch::RULE,
        source: include_str!("../extensions/agent_card_mismatch.rs"),
    },
    RuleEntry {
        rule: &extensions::agent_endpoint_redirected::RULE,
        source: include_str!("../extensions/agent_endpoint_redirected.rs"),
    },
    RuleEntry {
        rule: &extensions::command_runs_on_open::RULE,
        source: include_str!("../extensions/command_runs_on_open.rs"),
    },
    RuleEntry {
        rule: &extensions::extension_activates_everywhere::RULE,
        source: include_str!("../extensions/extension_activates_everywhere.rs"),
    },
    RuleEntry {
        rule: &extensions::extension_adds_others::RULE,
        source: include_str!("../extensions/extension_adds_others.rs"),
    },
    RuleEntry {
        rule: &extensions::link_leaves_repository::RULE,
        source: include_str!("../extensions/link_leaves_repository.rs"),
    },
    RuleEntry {
        rule: &extensions::permissions_too_broad::RULE,
        source: include_str!("../extensions/permissions_too_broad.rs"),
    },
    RuleEntry {
        rule: &extensions::secret_in_agent_config::RULE,
        source: include_str!("../extensions/secret_in_agent_config.rs"),
    },
    RuleEntry {
        rule: &extensions::server_exposed::RULE,
        source: include_str!("../extensions/server_exposed.rs"),
    },
    RuleEntry {
        rule: &extensions::server_launch_runs_shell::RULE,
        source: include_str!("../extensions/server_launch_runs_shell.rs"),
    },
    RuleEntry {
        rule: &extensions::server_launch_unpinned::RULE,
        source: include_str!("../extensions/server_launch_unpinned.rs"),
    },
    RuleEntry {
        rule: &extensions::server_name_lookalike::RULE,
        source: include_str!("../extensions/server_name_lookalike.rs"),
    },
    RuleEntry {
        rule: &extensions::server_over_plain_http::RULE,
        source: include_str!("../extensions/server_over_plain_http.rs"),
    },
    RuleEntry {
        rule: &extensions::server_without_authentication::RULE,
        source: include_str!("../extensions/server_without_authentication.rs"),
    },
    RuleEntry {
        rule: &extensions::telemetry_on::RULE,
        source: include_str!("../extensions/telemetry_on.rs"),
    },
    RuleEntry {
        rule: &extensions::tool_approval_bypassed::RULE,
        source: include_str!("../extensions/tool_approval_bypassed.rs"),
    },
];
