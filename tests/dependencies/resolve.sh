#!/bin/sh
# Resolves a small project with the real tools, and lets each export what it resolved, for compare.py and exports.py.
# Needs a network, Python, and for the second half node. A tool that cannot be installed is left out, and said.
# Usage: resolve.sh FOLDER
set -eu
mkdir -p "$1"
cd "$1"
export POETRY_VIRTUALENVS_CREATE=false PIPENV_IGNORE_VIRTUALENVS=1 PIP_DISABLE_PIP_VERSION_CHECK=1
export WORKON_HOME="$PWD/tools/virtualenvs" POETRY_CACHE_DIR="$PWD/tools/poetry"

# tool NAME PACKAGE...: an environment of its own, so that tools do not disturb each other.
tool() {
    name=$1 && shift
    python3 -m venv "tools/$name" && "tools/$name/bin/pip" install --quiet "$@"
    bin=$PWD/tools/$name/bin
}
left_out() { echo "left out: $1" >&2; rm -rf "$1"; }

wanted='"transformers==4.44.2", "uvicorn[standard]>=0.30", "colorama; sys_platform == '"'win32'"'", "tomli>=2; python_version < '"'3.11'"'"'
project() {
    printf '%s\n' '[project]' 'name = "small"' 'version = "0.1.0"' 'requires-python = ">=3.10,<3.13"' \
        "dependencies = [$wanted]" '[project.optional-dependencies]' 'serve = ["httpx"]'
}
poetry_groups() {
    # The simple index, because not every mirror has the JSON pages that Poetry prefers.
    printf '%s\n' '[[tool.poetry.source]]' 'name = "simple"' 'url = "https://pypi.org/simple/"' 'priority = "primary"' \
        '[tool.poetry.group.dev.dependencies]' 'pytest = "^8"' '[tool.poetry.group.docs]' 'optional = true' \
        '[tool.poetry.group.docs.dependencies]' 'mkdocs = "^1.5"'
}
poetry_exports() {
    "$bin/poetry" lock -q
    "$bin/poetry" export -q --all-extras --with dev,docs -o all.txt
    "$bin/poetry" export -q -o main.txt
    "$bin/poetry" export -q --only dev -o dev.txt
}

mkdir -p uv poetry1 poetry2 pdm pipenv tools

tool uv uv
{ project; printf '%s\n' '[dependency-groups]' 'dev = ["pytest>=8"]' '[tool.uv]' 'package = false'; } > uv/pyproject.toml
(cd uv && "$bin/uv" lock -q \
    && "$bin/uv" export -q --all-extras --all-groups -o all.txt > /dev/null \
    && "$bin/uv" export -q --no-default-groups -o main.txt > /dev/null) || left_out uv
if [ -d uv ]; then
    mkdir -p uv-pylock requirements
    (cd uv && "$bin/uv" export -q --all-extras --all-groups --format pylock.toml -o ../uv-pylock/pylock.toml > /dev/null)
    printf 'scikit-learn\nlangchain-core<0.3\n' > requirements/requirements.in
    (cd requirements && "$bin/uv" pip compile -q --generate-hashes -o requirements-uv.txt requirements.in)
fi

tool poetry1 poetry==1.8.5 'poetry-plugin-export<1.9'
printf '%s\n' '[tool.poetry]' 'name = "small"' 'version = "0.1.0"' 'description = ""' 'authors = []' 'package-mode = false' \
    '[tool.poetry.dependencies]' 'python = ">=3.10,<3.13"' 'transformers = "4.44.2"' \
    'uvicorn = {version = ">=0.30", extras = ["standard"]}' 'httpx = {version = "*", optional = true}' \
    'colorama = {version = "*", markers = "sys_platform == '"'win32'"'"}' \
    '[tool.poetry.extras]' 'serve = ["httpx"]' > poetry1/pyproject.toml
poetry_groups >> poetry1/pyproject.toml
(cd poetry1 && poetry_exports) || left_out poetry1

tool poetry2 poetry==2.5.1 poetry-plugin-export
{ project; printf '%s\n' '[tool.poetry]' 'package-mode = false'; poetry_groups; } > poetry2/pyproject.toml
(cd poetry2 && poetry_exports) || left_out poetry2

tool pdm pdm==2.20.1 hishel==0.0.33 httpx==0.27.2 'unearth<0.18'
{ project; printf '%s\n' '[dependency-groups]' 'dev = ["pytest>=8"]' '[tool.pdm]' 'distribution = false'; } > pdm/pyproject.toml
(cd pdm && "$bin/pdm" lock -q -d -G :all \
    && "$bin/pdm" export -q -d -G :all -f requirements -o all.txt \
    && "$bin/pdm" export -q --prod -f requirements -o main.txt; rm -rf .venv) || left_out pdm

tool pipenv pipenv==2026.10.3 pip-tools
printf '%s\n' '[[source]]' 'url = "https://pypi.org/simple"' 'verify_ssl = true' 'name = "pypi"' \
    '[packages]' 'transformers = "==4.44.2"' 'uvicorn = {version = ">=0.30", extras = ["standard"]}' \
    'colorama = {version = "*", markers = "sys_platform == '"'win32'"'"}' \
    '[dev-packages]' 'pytest = ">=8"' '[docs]' 'mkdocs = ">=1.5"' > pipenv/Pipfile
(cd pipenv && "$bin/pipenv" lock -q \
    && "$bin/pipenv" requirements --hash --categories 'packages dev-packages docs' > all.txt \
    && "$bin/pipenv" requirements --hash > main.txt \
    && "$bin/pipenv" requirements --hash --dev-only > dev.txt) || left_out pipenv
[ -d requirements ] && (cd requirements \
    && "$bin/pip-compile" -q --generate-hashes --no-strip-extras -o requirements-tools.txt requirements.in)

command -v npm > /dev/null || { rm -rf tools; exit 0; }
mkdir -p js && (cd js && npm init -y > /dev/null && npm install --silent --no-audit --no-fund pnpm@10 pnpm9@npm:pnpm@9 bun)
for tool in npm1 npm2 npm3 pnpm9 pnpm10 bun; do
    mkdir -p "$tool"
    printf '%s\n' '{"name": "small", "version": "1.0.0", "dependencies": {"express": "^4.19.0", "esbuild": "0.21.5", "aliased": "npm:lodash@4.17.21", "openai": "^4"}, "devDependencies": {"typescript": "~5.4.0", "eslint": "^8"}, "optionalDependencies": {"fsevents": "^2"}}' > "$tool/package.json"
done
for version in 1 2 3; do
    (cd "npm$version" && npm install --silent --package-lock-only --lockfile-version "$version" --no-audit --no-fund --ignore-scripts \
        && npm ls --all --json --package-lock-only > ls.json) || left_out "npm$version"
done
(cd pnpm9 && node ../js/node_modules/pnpm9/bin/pnpm.cjs install --silent --lockfile-only) || left_out pnpm9
(cd pnpm10 && ../js/node_modules/.bin/pnpm install --silent --lockfile-only) || left_out pnpm10
(cd bun && ../js/node_modules/.bin/bun install --silent --lockfile-only) || left_out bun
rm -rf tools js
