#!/bin/bash
# Builds the Debian package, target/debian/allsky-backups_VERSION_ARCH.deb, for this machine or, with the name
# of an architecture, for a Raspberry Pi from a faster computer.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "package: $1" >&2; [ -z "${2:-}" ] || echo "         $2" >&2; exit 1; }

arch=${1:-$(dpkg --print-architecture)}
case $arch in
	amd64) target=x86_64-unknown-linux-gnu tool=x86_64-linux-gnu ;;
	arm64) target=aarch64-unknown-linux-gnu tool=aarch64-linux-gnu ;;
	# Raspberry Pi 2 and newer; the first Pi and the first Zero have no such processor.
	armhf) target=armv7-unknown-linux-gnueabihf tool=arm-linux-gnueabihf ;;
	*) fail "there is no package for $arch" "usage: integration/package.sh [amd64|arm64|armhf]" ;;
esac
command -v cargo-deb >/dev/null || fail "cargo-deb is missing" "cargo install --locked cargo-deb"

profile=${PROFILE:-dist}
options=(--profile "$profile")
if [ "$arch" != "$(dpkg --print-architecture)" ]; then
	command -v $tool-gcc >/dev/null || fail "a compiler and a linker for $arch are missing" \
		"sudo apt-get install gcc-${tool/x86_64/x86-64} libc6-dev-$arch-cross"
	rustup target list --installed | grep -qx $target || rustup target add $target
	variable=${target^^}
	export "CARGO_TARGET_${variable//-/_}_LINKER=$tool-gcc" "CC_${target//-/_}=$tool-gcc"
	options+=(--target "$target")
	# What is built for another processor cannot be asked here.
	cargo build --quiet
	integration/shell-files.sh target/debug/allsky-backups
else
	cargo build --profile "$profile"
	folder=$profile
	[ "$profile" != dev ] || folder=debug
	integration/shell-files.sh "target/$folder/allsky-backups"
fi
cargo deb "${options[@]}"
