#!/bin/bash
# Takes Allsky Backups away again. The panel is as it was before; the backups stay where they are.
# `--purge` also removes settings, history and what undos are made of (never a backup). `--share-backups` lets the
# panel's own Backups tab see and read the backups, which are for their owner alone until then.
set -euo pipefail

# shellcheck source=integration/common.sh
. "$(dirname "$0")/common.sh"
purge='' share=''
while [ $# -gt 0 ]; do
	case $1 in
		--root) root=${2:?--root needs a folder}; shift 2 ;;
		--purge) purge=1; shift ;;
		--share-backups) share=yes; shift ;;
		--keep-backups-private) share=no; shift ;;
		*) echo "usage: uninstall.sh [--purge] [--share-backups | --keep-backups-private] [--root DIR]" >&2; exit 2 ;;
	esac
done
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "this must run as root" "sudo $0"

conf=$root/etc/lighttpd/conf-enabled/60-allsky-backups.conf
system=$(remembered system) home=$(remembered home) owner=$(remembered owner) backups=$(remembered backups)
live=''
! is_live || live=1

# The panel finds them with this group. The owner does it; root only lends him the group for it.
share_with_panel() {
	local group
	group=$(getent group www-data | cut -d: -f3)
	[ -n "$group" ] || { echo "uninstall: there is no group www-data, so no panel to share with" >&2; return; }
	local change='cd -- "$1" && chgrp "$2" . && chmod 2770 . && for file in ./*.tar.gz ./*.tar.gz.json ./*.json; do
		[ -f "$file" ] && [ ! -L "$file" ] || continue
		chgrp "$2" "$file" && case $file in *.json) chmod 0660 "$file" ;; *) chmod 0640 "$file" ;; esac || exit 1
	done'
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid "$owner" --regid "$(id -g "$owner")" --groups "$(id -g "$owner"),$group" --no-new-privs --reset-env -- \
			sh -c "$change" sh "$root$backups" "$group"
	else
		sh -c "$change" sh "$root$backups" "$group"
	fi || echo "uninstall: not all of $backups could be shared with the panel" >&2
}

# The released panel has no such tab, and has no variables.json. What is shared already needs no question.
private=''
if [ -n "$owner" ] && [ -n "$backups" ] && [ -d "$root$backups" ] && [ "$system" = allsky ] && [ -e "$home/variables.json" ]; then
	case $(stat -c '%g %A' "$root$backups") in
		"$(getent group www-data | cut -d: -f3) d"???rw*) ;;
		*) private=1 ;;
	esac
fi
if [ -n "$private$share" ] && [ -n "$owner" ] && [ -d "$root$backups" ] && [ "$system" = allsky ]; then
	if [ -z "$share" ] && [ -t 0 ] && [ -t 1 ]; then
		echo "The backups in $backups are for $owner alone. They hold passwords."
		read -r -p "Let the panel's own Backups tab see and read them? [y/N] " answer || answer=''
		case $answer in [yY]*) share=yes ;; *) share=no ;; esac
	fi
	[ "$share" != yes ] || share_with_panel
fi

# A web server that does not come back has its own trouble; what is ours goes all the same.
again() { systemctl "$1" "$2" || echo "uninstall: $2 did not take the change; systemctl status $2 says why" >&2; }

# First the drop-in and the settings of PHP: they name files that are removed below.
inis=$(compgen -G "$root/etc/php/*/cgi/conf.d/99-allsky-backups.ini" || true)
if [ -f "$conf" ] || [ -n "$inis" ]; then
	rm -f "$conf" $inis
	if [ -n "$live" ]; then
		again try-restart lighttpd.service
		# Its workers may still want to append a file that is removed below.
		for fpm in $(systemctl list-units --plain --no-legend --state=active 'php*-fpm.service' | cut -d' ' -f1); do
			again restart "$fpm"
		done
	fi
fi
for site in "$root"/etc/nginx/sites-available/indi-allsky{.conf,_ssl}; do
	grep -q 'allsky-backups.conf; # Allsky Backups$' "$site" 2> /dev/null || continue
	cp -p "$site" "$site.new"
	grep -v 'allsky-backups.conf; # Allsky Backups$' "$site" > "$site.new" || true
	mv -f "$site.new" "$site"
done
if [ -f "$root/etc/nginx/allsky-backups.conf" ]; then
	rm -f "$root/etc/nginx/allsky-backups.conf"
	[ -z "$live" ] || again try-reload-or-restart nginx.service
fi
if [ -f "$root/etc/apache2/conf-enabled/allsky-backups.conf" ]; then
	rm -f "$root/etc/apache2/conf-enabled/allsky-backups.conf"
	for module in $([ -z "$live" ] || tac "$root$lib/made-modules" 2> /dev/null); do
		a2dismod -q -f -p "$module" > /dev/null || true
	done
	[ -z "$live" ] || rmdir /var/lib/apache2/module/disabled_by_admin 2> /dev/null || true
	[ -z "$live" ] || again try-restart apache2.service
fi
if [ -n "$live" ]; then
	systemctl disable --quiet --now allsky-backups.service allsky-backups-recover.service 2> /dev/null || true
fi
rm -f "$root$units/allsky-backups.service" "$root$units/allsky-backups-recover.service"
for unit in allsky-backups allsky-backups-recover; do
	rm -f "$root$units/$unit.service.d/mail.conf" "$root$units/$unit.service.d/indi-allsky.conf"
	rmdir "$root$units/$unit.service.d" 2> /dev/null || true
done
rm -f "$root/etc/polkit-1/rules.d/50-allsky-backups.rules"
[ -z "$live" ] || systemctl daemon-reload
link=$root/usr/local/bin/allsky-backups
[ "$(readlink "$link" || true)" != $lib/allsky-backups ] || rm -f "$link"
folders=$(tac "$root$lib/made-folders" 2> /dev/null || true)
# What root noted of this installation stays until a purge, which must know where it may remove something.
find "$root$lib" -mindepth 1 -maxdepth 1 ! -name "${record##*/}" ! -name made-folders -exec rm -rf {} + 2> /dev/null || true
if [ -n "$purge" ]; then
	# What restores keep for their undo, beside the files that they replaced: the owner removes it.
	if [ -n "$home" ] && [ -n "$owner" ]; then
		as_owner "$owner" sh -c 'for home; do rm -rf -- "$home"/.allsky-restore-* "$home"/images/.allsky-restore-*; done' sh \
			"$home" "$root/etc/indi-allsky" "$root/var/lib/indi-allsky" ||
			echo "uninstall: not all that restores kept could be removed" >&2
	fi
	rm -rf "$root$settings" "$root/var/lib/allsky-backups" "$root$lib"
fi
[ -e "$root$record" ] || rm -rf "$root$lib"
# Only those that the installer made, and only empty ones.
for folder in $folders; do
	rmdir "$root$folder" 2> /dev/null || true
done
echo "Allsky Backups is gone; the backups themselves are where they were."
[ -n "$purge" ] || echo "Its settings, its history and what undos are made of stay (--purge removes them)."
if [ -n "$private" ] && [ "$share" != yes ]; then
	echo "They are for $owner alone. So that the panel's own Backups tab sees them:"
	echo "  sudo chgrp -R www-data $backups; sudo chmod -R u=rwX,g=rX,o= $backups; sudo chmod 2770 $backups"
fi
