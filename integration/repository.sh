#!/bin/bash
# Makes a signed apt repository of Debian packages: a plain folder that any web space or release page can serve.
#
#     integration/repository.sh DIR KEY PACKAGE.deb...
#
# KEY names a secret key of gpg (its address or fingerprint). What lies in DIR/pool already stays, so that older
# versions can still be installed.
set -euo pipefail

fail() { echo "repository: $1" >&2; [ -z "${2:-}" ] || echo "            $2" >&2; exit 1; }
[ $# -ge 3 ] || fail "too few words" "usage: integration/repository.sh DIR KEY PACKAGE.deb..."
dir=$1 key=$2
shift 2
for tool in gpg:gnupg dpkg-scanpackages:dpkg-dev; do
	command -v "${tool%%:*}" > /dev/null || fail "${tool%%:*} is missing" "sudo apt-get install ${tool##*:}"
done
gpg --batch --list-secret-keys "$key" > /dev/null 2>&1 || fail "there is no secret key $key" "gpg --list-secret-keys shows those that there are."

for package in "$@"; do
	dpkg-deb --info "$package" > /dev/null 2>&1 || fail "$package is no Debian package" "Nothing was changed."
	there=$dir/pool/$(basename -- "$package")
	[ ! -e "$there" ] || cmp -s -- "$package" "$there" || fail "$there is another package of this name" "Give the new one a new version; nothing was changed."
done
mkdir -p -- "$dir/pool"
for package in "$@"; do
	name=$(basename -- "$package")
	cp -- "$package" "$dir/pool/.$name.new"
	mv -f -- "$dir/pool/.$name.new" "$dir/pool/$name"
done
cd -- "$dir"
rm -rf ./.new.*

# All lists are made beside the old ones and signed. Readers who have the old signature find the old lists by their
# digests (Acquire-By-Hash), so that nobody meets half a change.
new=$(mktemp -d ./.new.XXXXXX)
trap 'rm -rf "$new"' EXIT
dpkg-scanpackages --multiversion pool > "$new/Packages" 2> "$new/said" || { cat "$new/said" >&2; fail "the packages could not be listed"; }
gzip -9nk "$new/Packages"
{
	echo "Origin: Allsky Backups"
	echo "Label: Allsky Backups"
	echo "Suite: stable"
	echo "Architectures: $(sed -n 's/^Architecture: //p' "$new/Packages" | sort -u | tr '\n' ' ' | sed 's/ $//')"
	echo "Date: $(LC_ALL=C date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" '+%a, %d %b %Y %H:%M:%S UTC')"
	echo "Acquire-By-Hash: yes"
	echo "SHA256:"
	for list in Packages Packages.gz; do
		echo " $(sha256sum < "$new/$list" | cut -d' ' -f1) $(stat -c %s "$new/$list") $list"
	done
} > "$new/Release"
gpg --batch --yes --local-user "$key" --armor --detach-sign --output "$new/Release.gpg" "$new/Release"
gpg --batch --yes --local-user "$key" --clearsign --output "$new/InRelease" "$new/Release"
gpg --batch --armor --export "$key" > "$new/allsky-backups.asc"
rm "$new/said"
chmod 644 "$new"/*
mkdir -p by-hash/SHA256
for list in Packages Packages.gz; do
	cp "$new/$list" "by-hash/SHA256/$(sha256sum < "$new/$list" | cut -d' ' -f1)"
done
mv -f "$new/Packages" "$new/Packages.gz" "$new/allsky-backups.asc" .
mv -f "$new/Release" "$new/Release.gpg" "$new/InRelease" .
echo "$PWD is a repository of $(grep -c '^Package: ' Packages) packages. On a camera:"
cat <<'TEXT'
  sudo install -d /etc/apt/keyrings
  sudo curl -fsSo /etc/apt/keyrings/allsky-backups.asc ADDRESS/allsky-backups.asc
  echo "deb [signed-by=/etc/apt/keyrings/allsky-backups.asc] ADDRESS ./" | sudo tee /etc/apt/sources.list.d/allsky-backups.list
  sudo apt-get update && sudo apt-get install allsky-backups
TEXT
