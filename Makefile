# Two commands for newcomers: `make demo` and `make test`. Everything they need beyond Rust, Python 3 and a C
# compiler is installed on first use into $(KEEP), outside the checkout.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

KEEP ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/chainwright-build
export CARGO_TARGET_DIR ?= $(CURDIR)/target
export PATH := $(KEEP)/bin:$(PATH)

NEXTEST := 0.9.143
DENY := 0.20.2
FUZZ := 0.13.2
FUZZ_SECONDS ?= 10

DEMO := $(CARGO_TARGET_DIR)/demo
REAL := $(KEEP)/real
ORACLES := $(KEEP)/oracles
SIGNING := $(KEEP)/signing
CHAINWRIGHT := $(CARGO_TARGET_DIR)/release/chainwright

.PHONY: help demo test lint unit oracles locks signing log s3 real images registry page fuzz accuracy performance tools

help:
	@echo "make demo   build, scan the example supply chain, show where the report is"
	@echo "make test   install what the tests need and run them all"

# The main job on a small but complete supply chain; the findings are the point, so exit 1 is success here.
demo:
	cargo build --release --locked -p chainwright
	cargo run --quiet --locked -p chainwright-testkit --bin example -- $(DEMO)
	cd $(DEMO) && { $(CHAINWRIGHT) scan support-bot --no-config -o report.html -o report.sarif || test $$? -eq 1; }
	@echo
	@echo "The report: $(DEMO)/report.html"

test: lint unit oracles signing log s3 real images registry page fuzz

lint: tools
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo deny --locked check bans licenses sources

unit: tools
	cargo nextest run --workspace --locked

# What the real libraries say of versions, requirements, bills of materials and known vulnerabilities.
oracles: tools $(ORACLES)/made
	$(ORACLES)/venv/bin/python tests/packages/oracle.py $(ORACLES)/packages.jsonl --legacy $(ORACLES)/legacy
	CHAINWRIGHT_PACKAGES_CASES=$(ORACLES)/packages.jsonl \
		cargo nextest run --workspace --locked -E 'package(chainwright-packages) & test(oracle::)'
	rm -rf $(ORACLES)/boms
	cargo run --quiet --locked -p chainwright-boms --example bom_samples -- $(ORACLES)/boms 50
	rm -rf $(ORACLES)/example
	cargo run --quiet --locked -p chainwright-testkit --bin example -- $(ORACLES)/example
	cargo build --locked -p chainwright
	for format in cdx-1.6:cyclonedx-1.6 cdx-1.7:cyclonedx-1.7 spdx3:spdx-3.0.1; do \
		(cd $(ORACLES)/example && $(CARGO_TARGET_DIR)/debug/chainwright bom support-bot --no-config -q \
			-f $${format#*:} -o $(ORACLES)/boms/example.$${format%:*}.json); \
	done
	$(ORACLES)/venv/bin/python tests/boms/oracle.py $(ORACLES)/boms
	$(ORACLES)/venv/bin/python tests/advisories/compare.py $(CARGO_TARGET_DIR)/debug/chainwright \
		$(or $(CHAINWRIGHT_DATA),../shared/data)/advisories/pypa-2026-07.tar.gz --files 32

# Lock files by the real tools, against what those tools export. Not part of `make test`: what a resolver answers changes
# from day to day.
locks: tools $(KEEP)/locks/made
	cargo build --quiet --locked -p chainwright-dependencies --example facts
	$(KEEP)/locks/venv/bin/python tests/dependencies/compare.py $(CARGO_TARGET_DIR)/debug/examples/facts \
		$$(find $(KEEP)/locks -name '*lock*' -type f -not -path '*/venv/*')
	$(KEEP)/locks/venv/bin/python tests/dependencies/exports.py $(CARGO_TARGET_DIR)/debug/examples/facts \
		$$(dirname $$(find $(KEEP)/locks -name all.txt -o -name ls.json))

# Lock files by the real tools, resolved once.
$(KEEP)/locks/made: tests/dependencies/resolve.sh tests/dependencies/requirements.txt
	rm -rf $(KEEP)/locks
	tests/dependencies/resolve.sh $(KEEP)/locks
	python3 -m venv $(KEEP)/locks/venv
	$(KEEP)/locks/venv/bin/pip install --quiet --disable-pip-version-check -r tests/dependencies/requirements.txt
	touch $@

$(ORACLES)/made: tests/packages/requirements.txt tests/packages/requirements-legacy.txt tests/boms/requirements.txt \
		tests/advisories/requirements.txt
	rm -rf $(ORACLES)
	python3 -m venv $(ORACLES)/venv
	$(ORACLES)/venv/bin/pip install --quiet --disable-pip-version-check \
		-r tests/packages/requirements.txt -r tests/boms/requirements.txt -r tests/advisories/requirements.txt
	$(ORACLES)/venv/bin/pip install --quiet --disable-pip-version-check \
		--target $(ORACLES)/legacy -r tests/packages/requirements-legacy.txt
	touch $@

# Models signed here and verified by the reference of OpenSSF Model Signing, and the other way round; the verdicts of this
# program, PyPI's sigstore and npm's sigstore over the same bundles.
signing: $(SIGNING)/made
	cargo build --workspace --locked
	cargo build --workspace --locked --example verdicts
	$(SIGNING)/venv/bin/python tests/signing/interop.py $(CARGO_TARGET_DIR)/debug/chainwright $(SIGNING)/models
	$(SIGNING)/venv/bin/python tests/signing/verdicts.py $(CARGO_TARGET_DIR)/debug/chainwright \
		$(CARGO_TARGET_DIR)/debug/examples/verdicts $(CARGO_TARGET_DIR)/debug/chainwright-stand-in $(SIGNING)/venv/bin/node \
		$(SIGNING)/npm/node_modules $(SIGNING)/verdicts $(or $(CHAINWRIGHT_DATA),../shared/data)/sigstore

$(SIGNING)/made: tests/signing/requirements.txt
	rm -rf $(SIGNING)
	python3 -m venv $(SIGNING)/venv
	$(SIGNING)/venv/bin/pip install --quiet --disable-pip-version-check -r $<
	PATH=$(SIGNING)/venv/bin:$$PATH npm install --prefix $(SIGNING)/npm --silent --ignore-scripts --no-audit --no-fund sigstore@5.0.1
	touch $@

# Notes and proofs of our logs against those of Go.
log: tools $(KEEP)/go/made
	tests/log/run.sh $$(echo $(KEEP)/go/venv/lib/python3*/site-packages/go) $(CARGO_TARGET_DIR)/log

$(KEEP)/go/made: tests/log/requirements.txt
	rm -rf $(KEEP)/go
	python3 -m venv $(KEEP)/go/venv
	$(KEEP)/go/venv/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# Logs in buckets, in a service that speaks S3 and fails on purpose.
s3: tools $(KEEP)/s3/made
	$(KEEP)/s3/venv/bin/python tests/log/s3.py cargo nextest run --workspace --locked \
		-E 'package(chainwright-ledger-s3) | (package(chainwright) & test(in_a_bucket))'

$(KEEP)/s3/made: tests/log/requirements-s3.txt
	rm -rf $(KEEP)/s3
	python3 -m venv $(KEEP)/s3/venv
	$(KEEP)/s3/venv/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# Real output of real libraries: made once for each version of the generator, then scanned; checkpoints are converted
# and compared with what PyTorch loads.
real: tools $(REAL)/made
	CHAINWRIGHT_REAL=$(REAL)/files cargo nextest run --workspace --locked -E 'test(real::)'
	cargo build --workspace --locked
	$(REAL)/venv/bin/python tests/convert/check.py $(CARGO_TARGET_DIR)/debug/chainwright

$(REAL)/older/made: tests/real/requirements-older.txt
	rm -rf $(REAL)/older
	python3 -m venv $(REAL)/older
	$(REAL)/older/bin/pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@

$(REAL)/venv/made: tests/real/requirements.txt
	rm -rf $(REAL)/venv
	python3 -m venv $(REAL)/venv
	$(REAL)/venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@

$(REAL)/made: tests/real/make_benign.py $(wildcard tests/real/benign/*.py) $(REAL)/venv/made $(REAL)/older/made
	rm -rf $(REAL)/files
	$(REAL)/venv/bin/python $< $(REAL)/files
	$(REAL)/older/bin/python $< $(REAL)/files --older
	touch $@

# A real image of Debian, built once for each version of the script and compared with what dpkg and pip list inside. That
# needs root and the tools below; where they cannot be had, one line says so.
images:
	cargo build --workspace --locked
	@missing=; for tool in mmdebstrap umoci skopeo zstd; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		{ apt-get update -qq && apt-get install -y -qq $$missing; } >/dev/null || echo "cannot install$$missing"; \
	fi
	python3 tests/images/check.py $(CARGO_TARGET_DIR)/debug/chainwright $(KEEP)/images

# Images signed here and verified by cosign and skopeo, and the other way round, in a real registry. Where the tools cannot
# be had, one line says so.
registry:
	cargo build --workspace --locked
	@if ! command -v docker-registry >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		{ apt-get update -qq && apt-get install -y -qq docker-registry; } >/dev/null || echo "cannot install docker-registry"; \
	fi
	@stamp=$(KEEP)/registry/$$(sha256sum tests/registry/tools.sh | cut -c1-16); \
	[ -e $$stamp ] || { rm -rf $(KEEP)/registry && tests/registry/tools.sh $(KEEP)/registry && touch $$stamp; } || echo "cannot fetch cosign and skopeo"
	python3 tests/registry/check.py $(CARGO_TARGET_DIR)/debug/chainwright $(KEEP)/registry

# The HTML report in a real browser.
page:
	cargo build --workspace --locked
	tests/page/check.sh $(CARGO_TARGET_DIR)/debug/chainwright

fuzz: tools
	fuzz/run.sh $(FUZZ_SECONDS)

tools:
	@have() { command -v "$$1" >/dev/null && "$$@" --version 2>/dev/null | grep -qF "$$want"; }; \
	want=$(NEXTEST); have cargo-nextest nextest || cargo install --quiet --locked --root $(KEEP) cargo-nextest@$(NEXTEST); \
	want=$(DENY); have cargo-deny || cargo install --quiet --locked --root $(KEEP) cargo-deny@$(DENY); \
	want=$(FUZZ); have cargo-fuzz || cargo install --quiet --locked --root $(KEEP) cargo-fuzz@$(FUZZ)
