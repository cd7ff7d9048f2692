# shellcheck shell=bash disable=SC2034,SC2154
# What the installer, the uninstaller and mails.sh share; they read it, nobody runs it.
#
# Rule: root writes and deletes only in folders that are root's. What lies in folders of the camera's owner is
# made, read and removed as the owner, so that a link or a pipe there leads root nowhere.

lib=/usr/lib/allsky-backups
units=/etc/systemd/system
settings=/etc/allsky-backups
# Root's own note of what was installed: where the camera is, whose it is, where the backups are.
record=$lib/installed
root=''

fail() { echo "${0##*/}: $1" >&2; [ -z "${2:-}" ] || echo "         $2" >&2; exit 1; }

# remembered KEY: what root noted. A file that somebody else put there says nothing.
remembered() {
	local file=$root$record
	[ -f "$file" ] && [ ! -L "$file" ] || return 0
	[ -n "$root" ] || [ "$(stat -c %u "$file")" = 0 ] || return 0
	sed -n "s/^$1=\([A-Za-z0-9._\/@-]*\)$/\1/p" "$file" | head -n 1
}

# as_owner OWNER COMMAND...: with the rights of the owner and no others.
as_owner() {
	local owner=$1
	shift
	if [ "$(id -u)" = 0 ] && [ "$(id -u "$owner")" != 0 ]; then
		setpriv --reuid "$owner" --regid "$(id -g "$owner")" --init-groups --no-new-privs --reset-env -- "$@"
	else
		"$@"
	fi
}

# text_of OWNER FILE: a file of the owner's, of the size that settings have; nothing of a pipe, device or endless file.
text_of() {
	as_owner "$1" timeout 10 sh -c '[ -f "$1" ] && head -c 262144 -- "$1"' sh "$2" < /dev/null 2> /dev/null || true
}

# is_live: whether systemd of this machine is to hear of it.
is_live() { [ -z "$root" ] && [ -d /run/systemd/system ]; }
