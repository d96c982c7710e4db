#!/bin/sh
# Resolves small projects with the real tools, for compare.py. Needs a network, Python, and for the second half node.
# Usage: resolve.sh FOLDER
set -eu
mkdir -p "$1"
cd "$1"
python3 -m venv venv
venv/bin/pip install --quiet uv pip-tools pipenv
bin=$PWD/venv/bin

mkdir -p uv requirements pipenv
cat > uv/pyproject.toml <<'TOML'
[project]
name = "small"
version = "0.1.0"
requires-python = ">=3.10,<3.13"
dependencies = ["transformers==4.44.2", "torch>=2.4,<2.5 ; sys_platform == 'linux'", "datasets[audio]~=2.20"]
[project.optional-dependencies]
serve = ["uvicorn[standard]>=0.30"]
[dependency-groups]
dev = ["pytest>=8"]
[tool.uv]
package = false
TOML
(cd uv && "$bin/uv" lock -q)
(cd uv && "$bin/uv" export -q --all-extras --all-groups --format requirements-txt -o requirements.txt)
(cd uv && "$bin/uv" export -q --all-extras --all-groups --format pylock.toml -o pylock.toml)

printf 'transformers==4.44.2\nscikit-learn\nlangchain<0.3\n' > requirements/requirements.in
(cd requirements && "$bin/pip-compile" -q --generate-hashes --no-strip-extras -o requirements-tools.txt requirements.in)
(cd requirements && "$bin/uv" pip compile -q --generate-hashes -o requirements-uv.txt requirements.in)

cat > pipenv/Pipfile <<'TOML'
[[source]]
url = "https://pypi.org/simple"
verify_ssl = true
name = "pypi"
[packages]
fastapi = "*"
numpy = "==1.26.4"
TOML
(cd pipenv && PIPENV_IGNORE_VIRTUALENVS=1 "$bin/pipenv" lock -q)

command -v npm > /dev/null || exit 0
mkdir -p js && (cd js && npm init -y > /dev/null && npm install --no-audit --no-fund pnpm@10 @yarnpkg/cli-dist bun)
for tool in npm1 npm2 npm3 pnpm bun berry; do
    mkdir -p "$tool"
    printf '%s\n' '{"name": "small", "version": "1.0.0", "dependencies": {"express": "^4.19.0", "esbuild": "0.21.5", "aliased": "npm:lodash@4.17.21"}, "devDependencies": {"typescript": "~5.4.0"}}' > "$tool/package.json"
done
for version in 1 2 3; do
    (cd "npm$version" && npm install --package-lock-only --lockfile-version "$version" --no-audit --no-fund)
done
(cd pnpm && ../js/node_modules/.bin/pnpm install --lockfile-only)
(cd bun && ../js/node_modules/.bin/bun install --lockfile-only)
(cd berry && touch yarn.lock && node ../js/node_modules/@yarnpkg/cli-dist/bin/yarn.js install --mode=update-lockfile)
