#!/usr/bin/env bash
# Builds a LocalStack image without a container registry: Debian from mmdebstrap, LocalStack from PyPI as
# pinned in `lock.txt`, then `docker import`.
#
#   tests/localstack/image.sh [IMAGE:TAG]      builds the image; needs root, Debian, mmdebstrap, Python with venv, a Docker engine
#   tests/localstack/image.sh --lock           resolves `lock.txt` again as of the date below
#
# Set DOCKER_HOST to use another engine, and DOCKER to use another client.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
version=4.14.0
# LocalStack does not set upper bounds on its dependencies, and newer versions break it while its health check
# still passes: use the versions that were current when this version was released.
as_of=2026-02-27T00:00:00Z

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# uv can resolve as of a date, and installs faster than pip.
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check 'uv>=0.9,<1'
uv="$work/python/bin/uv"

if [ "${1:-}" = --lock ]; then
  printf '%s\n' "localstack-core[runtime]==$version" "localstack==$version" > "$work/wanted.txt"
  "$uv" pip compile --quiet --no-header --no-annotate --generate-hashes --python-version 3.13 \
    --exclude-newer "$as_of" --output-file "$here/lock.txt" "$work/wanted.txt"
  exit
fi

image=${1:-localstack/localstack:$version}

# The certificates that this machine trusts, used only while packages are installed.
cp "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$work/certificates.pem" || touch "$work/certificates.pem"
cp "$uv" "$work/uv"
cp "$here/lock.txt" "$work/lock.txt"
cat > "$work/install" <<'INSTALL'
set -eu
export UV_NO_CACHE=1
unset SSL_CERT_FILE SSL_CERT_DIR
if [ -s /build/certificates.pem ]; then export SSL_CERT_FILE=/build/certificates.pem; fi
/build/uv venv --quiet --python /usr/bin/python3 /opt/localstack
/build/uv pip install --quiet --python /opt/localstack --require-hashes --requirements /build/lock.txt
rm -rf /build
INSTALL

# LocalStack needs Python 3.12 or later, which Debian trixie has.
mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,ca-certificates \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='mkdir "$1/build"' \
  --customize-hook="copy-in $work/certificates.pem $work/uv $work/lock.txt $work/install /build" \
  --customize-hook='chroot "$1" sh /build/install' \
  trixie "$work/image.tar"

# Disables network access outside the container, and output buffering.
"${DOCKER:-docker}" import \
  --change 'EXPOSE 4566' \
  --change 'ENV PATH=/opt/localstack/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'ENV PYTHONUNBUFFERED=1' \
  --change 'ENV DNS_ADDRESS=0' \
  --change 'ENV SKIP_SSL_CERT_DOWNLOAD=1' \
  --change 'ENV DISABLE_EVENTS=1' \
  --change 'CMD ["/opt/localstack/bin/python", "-m", "localstack.runtime.main"]' \
  "$work/image.tar" "$image"
