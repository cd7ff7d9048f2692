#!/bin/bash
# Takes Allsky Backups away again. The panel is as it was before; the backups stay where they are.
# `--purge` also removes settings, history and what undos are made of (never a backup).
set -euo pipefail

root='' purge=''
while [ $# -gt 0 ]; do
	case $1 in
		--root) root=${2:?--root needs a folder}; shift 2 ;;
		--purge) purge=1; shift ;;
		*) echo "usage: uninstall.sh [--purge] [--root DIR]" >&2; exit 2 ;;
	esac
done
[ -n "$root" ] || [ "$(id -u)" = 0 ] || { echo "uninstall: this must run as root" >&2; exit 1; }

conf=$root/etc/lighttpd/conf-enabled/60-allsky-backups.conf
live=''
[ -n "$root" ] || [ ! -d /run/systemd/system ] || live=1

# A web server that does not come back has its own trouble; what is ours goes all the same.
again() { systemctl "$1" "$2" || echo "uninstall: $2 did not take the change; systemctl status $2 says why" >&2; }

# First the drop-in: it names files that are removed below.
if [ -f "$conf" ]; then
	rm -f "$conf"
	if [ -n "$live" ]; then
		again restart lighttpd.service
		# Its workers may still want to append a file that is removed below.
		for fpm in $(systemctl list-units --plain --no-legend --state=active 'php*-fpm.service' | cut -d' ' -f1); do
			again restart "$fpm"
		done
	fi
fi
site=$root/etc/nginx/sites-available/indi-allsky.conf
if grep -q 'allsky-backups.conf; # Allsky Backups$' "$site" 2>/dev/null; then
	cp -p "$site" "$site.new"
	grep -v 'allsky-backups.conf; # Allsky Backups$' "$site" > "$site.new" || true
	mv -f "$site.new" "$site"
	rm -f "$root/etc/nginx/allsky-backups.conf"
	[ -z "$live" ] || again reload-or-restart nginx.service
fi
if [ -f "$root/etc/apache2/conf-enabled/allsky-backups.conf" ]; then
	rm -f "$root/etc/apache2/conf-enabled/allsky-backups.conf"
	for module in $([ -z "$live" ] || tac "$root/usr/lib/allsky-backups/made-modules" 2>/dev/null); do
		a2dismod -q -f -p "$module" > /dev/null || true
	done
	[ -z "$live" ] || rmdir /var/lib/apache2/module/disabled_by_admin 2>/dev/null || true
	[ -z "$live" ] || again restart apache2.service
fi
if [ -n "$live" ]; then
	systemctl disable --quiet --now allsky-backups.service allsky-backups-recover.service 2>/dev/null || true
fi
rm -f "$root/etc/systemd/system/allsky-backups.service" "$root/etc/systemd/system/allsky-backups-recover.service"
for unit in allsky-backups allsky-backups-recover; do
	rm -f "$root/etc/systemd/system/$unit.service.d/mail.conf" "$root/etc/systemd/system/$unit.service.d/indi-allsky.conf"
	rmdir "$root/etc/systemd/system/$unit.service.d" 2>/dev/null || true
done
rm -f "$root/etc/polkit-1/rules.d/50-allsky-backups.rules"
[ -z "$live" ] || systemctl daemon-reload
link=$root/usr/local/bin/allsky-backups
[ "$(readlink "$link" || true)" != /usr/lib/allsky-backups/allsky-backups ] || rm -f "$link"
folders=$(tac "$root/usr/lib/allsky-backups/made-folders" 2>/dev/null || true)
rm -rf "$root/usr/lib/allsky-backups"
if [ -n "$purge" ]; then
	# What restores keep for their undo, beside the files that they replaced.
	home=$(sed -n 's/^home = "\(.*\)"$/\1/p' "$root/etc/allsky-backups/config.toml" 2>/dev/null || true)
	[ -z "$home" ] || rm -rf "$home"/.allsky-restore-* "$home"/images/.allsky-restore-*
	rm -rf "$root"/etc/indi-allsky/.allsky-restore-* "$root"/var/lib/indi-allsky/.allsky-restore-*
	rm -rf "$root/etc/allsky-backups" "$root/var/lib/allsky-backups"
fi
# Only those that the installer made, and only empty ones.
for folder in $folders; do
	rmdir "$root$folder" 2>/dev/null || true
done
echo "Allsky Backups is gone; the backups themselves are where they were."
[ -n "$purge" ] || echo "Its settings, its history and what undos are made of stay (--purge removes them)."
