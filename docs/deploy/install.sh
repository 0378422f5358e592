#!/bin/sh
# Installs this release into PREFIX, a folder of its own: the versions that uv.lock names, held to
# their hashes, as wheels only. Needs Python >= 3.11 with venv, and a package index.
#
#   docs/deploy/install.sh /opt/kravia-gateway/0.1.0           plain
#   docs/deploy/install.sh /opt/kravia-gateway/0.1.0 otel      with traces
set -eu

prefix=${1:?usage: install.sh PREFIX [EXTRA]}
python=${PYTHON:-python3}
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "$python is older than 3.11: name another one with PYTHON=" >&2
    exit 2
}
if [ -e "$prefix" ]; then
    echo "$prefix is there already: each release gets a folder of its own" >&2
    exit 2
fi

# uv reads the lock file; it is not installed with the gateway.
"$python" -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet --disable-pip-version-check 'uv>=0.13.9,<0.14'
cd "$source"
"$work/tools/bin/uv" export --quiet --frozen --no-dev --no-emit-project ${2:+--extra "$2"} \
    --output-file "$work/requirements.txt"
"$work/tools/bin/uv" build --quiet --wheel --out-dir "$work/dist"

"$python" -m venv "$prefix"
"$prefix/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
    --only-binary :all: --requirement "$work/requirements.txt"
"$prefix/bin/pip" install --quiet --disable-pip-version-check --no-deps "$work"/dist/*.whl
"$prefix/bin/kravia-gateway" --version
