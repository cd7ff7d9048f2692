#!/bin/bash
# Lets the service of Allsky Backups leave this machine while its settings send mails or messages or name hosts over ssh,
# and shuts the way again when they do none of it. The installer runs it; run it yourself after you have changed that.
set -euo pipefail
umask 022

# shellcheck source=integration/common.sh
. "$(dirname "$0")/common.sh"
owner='' dry='' only_write=''
while [ $# -gt 0 ]; do
	case $1 in
		--root) root=${2:?--root needs a folder}; shift 2 ;;
		--owner) owner=${2:?--owner needs a user}; shift 2 ;;
		--only-write) only_write=1; shift ;;
		--dry-run) dry=1; shift ;;
		*) echo "usage: mails.sh [--root DIR] [--owner USER] [--only-write] [--dry-run]" >&2; exit 2 ;;
	esac
done
[ -n "$root$dry" ] || [ "$(id -u)" = 0 ] || fail "this must run as root" "sudo $0"
owner=${owner:-$(remembered owner)}
[ -n "$owner" ] || fail "Allsky Backups is not installed here"

folder=$root$units/allsky-backups.service.d
mail=$folder/mail.conf

wanted() {
	cat <<UNIT
# Put here because the settings of Allsky Backups send mails or name hosts over ssh: these may be reached, and the name
# server that knows where they are. Without both the service may talk to this machine alone.
[Service]
IPAddressDeny=
IPAddressAllow=
Environment=ALLSKY_BACKUPS_NETWORK=opened
UNIT
}

goes_out() {
	text_of "$owner" "$root$settings/config.toml" | awk -F= '/^[[:space:]]*\[/ { part = $0 }
		part ~ /\[notify\]/ && $1 ~ /^[[:space:]]*transport[[:space:]]*$/ && $2 ~ /^[[:space:]]*["\047](smtp|sendmail)["\047]/ { on = 1 }
		part ~ /\[\[host\]\]/ && $1 ~ /^[[:space:]]*address[[:space:]]*$/ { on = 1 }
		part ~ /\[\[notify_to\]\]/ { on = 1 }
		END { exit !on }'
}

if goes_out; then
	! cmp -s "$mail" <(wanted) || exit 0
	echo "  writes $mail"
	[ -z "$dry" ] || exit 0
	mkdir -p "$folder"
	wanted > "$mail.new"
	mv -f "$mail.new" "$mail"
else
	[ -e "$mail" ] || exit 0
	echo "  removes $mail"
	[ -z "$dry" ] || exit 0
	rm -f "$mail"
	rmdir "$folder" 2> /dev/null || true
fi
if [ -z "$only_write" ] && is_live; then
	systemctl daemon-reload
	systemctl try-restart allsky-backups.service
fi
