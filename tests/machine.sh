#!/bin/bash
# Installs the program on a whole machine that boots its own systemd, in a container, and takes it away
# again: units, polkit, boot order, login through the web server, kill -9, uninstall.
#
#     tests/machine.sh [ROOT]
#
# ROOT is a Debian tree with the packages below; it is not changed. Without one it is fetched once, to
# target/machine.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
root=${1:-target/machine} program=target/debug/allsky-backups
packages=systemd,systemd-sysv,dbus,libpam-systemd,polkitd,lighttpd,php-fpm,php-cgi,procps,nginx-light,apache2
skip() { echo "skipped: $1"; exit 0; }
[ "$(id -u)" = 0 ] || skip "needs root"
command -v systemd-nspawn >/dev/null || skip "needs systemd-nspawn (apt-get install systemd-container)"
if [ ! -e "$root/lib/systemd/systemd" ]; then
	command -v debootstrap >/dev/null || skip "needs debootstrap"
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
	echo "fetching a small Debian to $root"
	debootstrap --variant=minbase --include=$packages "$release" "$root" > "$root.log" 2>&1 || {
		tail -n 3 "$root.log"
		rm -rf "$root"
		skip "the small Debian could not be fetched"
	}
	rm -f "$root.log"
	# They have their turns, one after the other.
	rm -f "$root"/etc/systemd/system/multi-user.target.wants/{nginx,apache2}.service
fi
[ -x "$program" ] || { echo "build the program first: cargo build"; exit 1; }

work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
cp -r integration "$work/integration"

# repository: a signed one with the package, and one with a newer version of it besides, for an upgrade. gpg wants a
# short path for its socket.
repository() {
	local home="$work/g" key=releases@example.org newer="$work/newer.deb"
	mkdir -m 700 "$home"
	cargo deb --quiet --no-build --profile dev --no-strip --fast --deb-version 99.0-1 --output "$newer" &&
		GNUPGHOME="$home" gpg --batch --quiet --passphrase '' --quick-generate-key $key default default never &&
		GNUPGHOME="$home" integration/repository.sh "$work/first" $key "$work/package.deb" &&
		GNUPGHOME="$home" integration/repository.sh "$work/second" $key "$work/package.deb" "$newer" || return 1
	echo "no package" > "$work/no.deb"
	! GNUPGHOME="$home" integration/repository.sh "$work/second" $key "$work/no.deb" && [ ! -e "$work/second/pool/no.deb" ] || return 1
	# Nothing of the key's own agent outlives the making.
	GNUPGHOME="$home" gpgconf --kill all
	rm -rf "$home" "$newer"
	# As a thief of the web space would leave it.
	cp -r "$work/second" "$work/forged"
	sed -i 's/^Version: 99.0-1$/Version: 99.6-6/' "$work/forged/Packages"
	gzip -9nkf "$work/forged/Packages"
	for list in "$work"/forged/by-hash/SHA256/*; do
		cp "$work/forged/Packages" "$list"
	done
} > "$work/packaging" 2>&1
cp "$program" "$work/allsky-backups"
cp tests/machine-inside.sh "$work/inside.sh"
cp tests/machine-cards.sh "$work/cards.sh"
cp tests/machine-indi.sh "$work/indi.sh"
if command -v cargo-deb >/dev/null; then
	integration/shell-files.sh "$program"
	cargo deb --quiet --no-build --profile dev --no-strip --fast --output "$work/package.deb" > /dev/null 2> "$work/packaging" ||
		{ cat "$work/packaging"; echo "FAILED  the Debian package is built"; exit 1; }
	repository || { cat "$work/packaging"; echo "FAILED  the repository of packages is made"; exit 1; }
else
	echo "skipped the Debian package: needs cargo-deb (cargo install --locked cargo-deb)"
fi
cat > "$work/story.service" <<UNIT
[Unit]
Description=The story
After=multi-user.target lighttpd.service
[Service]
Type=oneshot
ExecStart=/bin/bash /story/inside.sh
StandardOutput=append:/story/said
StandardError=append:/story/said
ExecStopPost=/bin/systemctl poweroff --force
[Install]
WantedBy=multi-user.target
UNIT
timeout 600 systemd-nspawn --quiet --register=no --keep-unit --private-network --volatile=overlay -D "$root" \
	--bind="$work:/story" --bind-ro="$work/story.service:/etc/systemd/system/story.service" -b \
	systemd.wants=story.service systemd.show_status=0 > "$work/console" 2>&1
[ -s "$work/said" ] || { tail -n 5 "$work/console"; skip "the container did not boot here"; }
cat "$work/said"
! grep -q '^FAILED' "$work/said" && grep -q '^all of it was tried' "$work/said"
