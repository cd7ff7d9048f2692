#!/bin/bash
# Makes all that a release is, in DIR: Debian packages, archives of the program, the list of what is built in (SBOM),
# SHA256SUMS, and, with a key, a signed apt repository.
#
#     integration/release.sh DIR [--key KEY] [amd64|arm64|armhf]...     (without names: this machine's)
#
# The same source, compiler and Debian make the same bytes: nothing that goes in knows the folder or the time.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)

fail() { echo "release: $1" >&2; [ -z "${2:-}" ] || echo "         $2" >&2; exit 1; }
usage="usage: integration/release.sh DIR [--key KEY] [amd64|arm64|armhf]..."
[ $# -ge 1 ] || fail "it wants a folder" "$usage"
mkdir -p "$1"
out=$(cd "$1" && pwd) key='' archs=()
shift
while [ $# -gt 0 ]; do
	case $1 in
		--key) key=${2:?--key needs a key}; shift 2 ;;
		amd64|arm64|armhf) archs+=("$1"); shift ;;
		*) fail "$1 is neither an option nor an architecture" "$usage" ;;
	esac
done
[ ${#archs[@]} -gt 0 ] || archs=("$(dpkg --print-architecture)")
cd "$here"
[ -z "$(git status --porcelain)" ] || fail "there are changes that are not committed" "A release is made of a commit."
[ -z "$(find "$out" -mindepth 1 -maxdepth 1 -print -quit)" ] || fail "$out is not empty" "Name a new folder."
command -v cargo-cyclonedx > /dev/null || fail "cargo-cyclonedx is missing" "cargo install --locked cargo-cyclonedx"

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
export RUSTFLAGS="--remap-path-prefix=$here=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo ${RUSTFLAGS:-}"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

# What is in a folder as an archive whose bytes follow from its content alone.
packed() { tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$1" -c "$2" | gzip -9n; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for arch in "${archs[@]}"; do
	PROFILE=${PROFILE:-dist} integration/package.sh "$arch" > "$work/said" || { cat "$work/said" >&2; fail "no package for $arch"; }
	package=$(tail -n 1 "$work/said")
	cp "$package" "$out/"
	# The program of the package, with what installs it without one.
	name=allsky-backups-$version-linux-$arch
	mkdir -p "$work/$name/target/release"
	dpkg-deb --fsys-tarfile "$package" | tar -xO ./usr/bin/allsky-backups > "$work/$name/target/release/allsky-backups"
	chmod 755 "$work/$name/target/release/allsky-backups"
	cp -r README.md LICENSE CHANGELOG.md integration docs "$work/$name/"
	packed "$work" "$name" > "$out/$name.tar.gz"
done
cargo cyclonedx --quiet --format json --override-filename allsky-backups.cdx
mv allsky-backups.cdx.json "$out/"
(cd "$out" && sha256sum -- *.deb *.tar.gz *.json > SHA256SUMS)
[ -z "$key" ] || integration/repository.sh "$out/apt" "$key" "$out"/*.deb
echo "$out has the release $version."
