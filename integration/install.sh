#!/bin/bash
# Installs Allsky Backups beside an AllskyTeam panel or an indi-allsky: program, service, recovery at
# boot, one web server drop-in. Run again at any time: it changes only what differs. `--dry-run` shows what it
# would do. Nothing of the panel or the camera is edited; uninstall.sh takes all of it away again.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
system='' home='' owner='' bin='' backups='' dry='' root=''

usage() {
	cat <<TEXT
usage: install.sh [--system allsky|indi-allsky] [--home DIR] [--owner USER] [--bin FILE] [--backups DIR] [--root DIR] [--dry-run]
  --system   allsky or indi-allsky           (found by what is in the home folders)
  --home     where it lives                  (found: ~/allsky or ~/indi-allsky of the users here)
  --owner    who owns it                     (found: owner of that folder)
  --bin      the program to install          (found: target/dist or target/release beside this script;
             that of the Debian package stays where the package put it)
  --backups  folder for backups              (allskybackups beside Allsky)
  --root     install below this folder, and start nothing (for images and tests)
  --dry-run  say what would be done, change nothing
TEXT
}

fail() { echo "install: $1" >&2; [ -z "${2:-}" ] || echo "         $2" >&2; exit 1; }

while [ $# -gt 0 ]; do
	case $1 in
		--system|--home|--owner|--bin|--backups|--root)
			[ $# -ge 2 ] || fail "$1 needs a value"
			printf -v "${1#--}" '%s' "$2"; shift 2 ;;
		--dry-run) dry=1; shift ;;
		-h|--help) usage; exit 0 ;;
		*) usage >&2; exit 2 ;;
	esac
done

[ -n "$dry$root" ] || [ "$(id -u)" = 0 ] || fail "this must run as root" "sudo $0"

# ---- what is here ---------------------------------------------------------------------------
if [ -z "$home" ]; then
	found=()
	for candidate in /home/*/allsky /root/allsky; do
		[ "$system" = indi-allsky ] || [ ! -f "$candidate/variables.json" ] || found+=("$candidate")
	done
	for candidate in /home/*/indi-allsky /root/indi-allsky; do
		[ "$system" = allsky ] || [ ! -d "$candidate/indi_allsky" ] || found+=("$candidate")
	done
	[ ${#found[@]} -le 1 ] || fail "there are several: ${found[*]}" "Say which one: --home ${found[0]}"
	home=${found[0]:-}
fi
if [ -z "$system" ]; then
	system=allsky
	[ -z "$home" ] || [ ! -d "$home/indi_allsky" ] || system=indi-allsky
fi
case $system in allsky|indi-allsky) ;; *) fail "there is no system \"$system\"" "Say --system allsky or --system indi-allsky" ;; esac
[ -n "$home" ] || fail "no Allsky was found in a home folder" "Say where it is: --home /path/to/allsky"
home=$(realpath -e "$home" 2>/dev/null) || fail "there is no such folder, and no config folder in it" "Say where Allsky is: --home /path/to/allsky"
if [ $system = allsky ]; then
	[ -d "$home/config" ] || fail "$home does not look like Allsky: it has no config folder"
else
	[ -d "$home/indi_allsky" ] || fail "$home does not look like indi-allsky: it has no indi_allsky folder"
	flask=/etc/indi-allsky/flask.json
	[ -f "$root$flask" ] || fail "there is no $root$flask" "Finish the setup of indi-allsky first."
	said() { sed -n "s/^ *\"$1\" *: *\"\([^\"]*\)\".*/\1/p" "$root$flask" | head -n 1; }
	images=$(said INDI_ALLSKY_IMAGE_FOLDER) state=$(said MIGRATION_FOLDER)
	images=${images:-/var/www/html/allsky/images} state=$(dirname "${state:-/var/lib/indi-allsky/migrations}")
fi
[ -n "$owner" ] || owner=$(stat -c %U "$home")
id "$owner" >/dev/null 2>&1 || fail "there is no user $owner"
[ -n "$backups" ] || backups=$(dirname "$home")/allskybackups
lib=/usr/lib/allsky-backups program=$lib/allsky-backups
# The Debian package brings its own program, which it will also take away.
if [ -z "$bin" ] && [ "$here" = /usr/share/allsky-backups ]; then
	bin=/usr/bin/allsky-backups program=$bin
fi
if [ -z "$bin" ]; then
	for candidate in "$here/../target/dist/allsky-backups" "$here/../target/release/allsky-backups" "$program"; do
		[ -x "$candidate" ] && { bin=$candidate; break; }
	done
fi
[ -x "$bin" ] || fail "the program is not built" "cargo build --profile dist, then run this again"
webgroup=www-data
getent group "$webgroup" >/dev/null || fail "there is no group $webgroup, so no web server to mount in" "Install the panel first."

config=/etc/allsky-backups/config.toml
socket=/run/allsky-backups/http.sock
units=/etc/systemd/system
conf=/etc/lighttpd/conf-enabled/60-allsky-backups.conf
rules=/etc/polkit-1/rules.d/50-allsky-backups.rules

uid=$(id -u "$owner")
for value in "$home" "$backups" "$owner" "${images:-}" "${state:-}"; do
	case $value in *[!A-Za-z0-9._/@-]*) fail "\"$value\" has characters that unit files cannot carry" ;; esac
done

echo "$([ $system = allsky ] && echo 'Allsky in     ' || echo 'indi-allsky in') $home (owner $owner)"
echo "Backups in     $backups"
echo "Program from   $bin"
[ -z "$root" ] || echo "Installed below $root, nothing is started"

# ---- how it is put there --------------------------------------------------------------------
changed=0 made=()
fill() {
	sed -e "s#@HOME@#$home#g; s#@OWNER@#$owner#g; s#@BACKUPS@#$backups#g; s#@WEBGROUP@#$webgroup#g" \
		-e "s#@LIB@#$lib#g; s#@BIN@#$program#g; s#@CONFIG@#$config#g; s#@CONFIG_DIR@#$(dirname $config)#g; s#@SOCKET@#$socket#g" \
		-e "s#@UID@#$uid#g; s#@FLASK@#${flask:-}#g; s#@ETC@#/etc/indi-allsky#g; s#@STATE@#${state:-}#g; s#@IMAGES@#${images:-}#g" "$1"
}
# Folders that were not there are written down, so that the uninstaller leaves none behind.
make_folder() {
	[ ! -d "$1" ] || return 0
	make_folder "$(dirname "$1")"
	mkdir "$1"
	made+=("${1#"$root"}")
}
put() { # put FROM TO MODE: a whole file or none, and only when it differs
	local from=$1 to=$root$2 mode=$3
	if cmp -s "$from" "$to" 2>/dev/null && [ "$(stat -c %a "$to")" = "${mode#0}" ]; then
		return
	fi
	changed=1
	echo "  writes $to"
	[ -z "$dry" ] || return 0
	make_folder "$(dirname "$to")"
	install -m "$mode" "$from" "$to.new"
	mv -f "$to.new" "$to"
}
put_link() { # put_link TO FROM: a link of ours, or none where something else has that name
	[ ! -e "$root$2" ] && [ ! -L "$root$2" ] || return 0
	changed=1
	echo "  links  $root$2"
	[ -z "$dry" ] || return 0
	make_folder "$(dirname "$root$2")"
	ln -s "$1" "$root$2"
}
put_filled() {
	local filled
	filled=$(mktemp)
	fill "$1" > "$filled"
	put "$filled" "$2" "$3"
	rm -f "$filled"
}

if [ "$bin" != "$program" ]; then
	put "$bin" "$program" 0755
	put_link "$program" /usr/local/bin/allsky-backups
fi
if [ $system = allsky ]; then
	put "$here/allsky/session.php" $lib/session.php 0644
	put "$here/allsky/append.php" $lib/append.php 0644
fi
put "$here/uninstall.sh" $lib/uninstall.sh 0755
put "$here/mails.sh" $lib/mails.sh 0755
if [ ! -e "$root$config" ]; then
	# The service asks the panel over loopback, where the web server says it listens.
	port=$(lighttpd -p -f "$root/etc/lighttpd/lighttpd.conf" 2>/dev/null | sed -n 's/^ *server\.port *= *\([0-9]*\).*/\1/p' | tail -n 1 || true)
	first=$(mktemp)
	printf '# Allsky Backups. See the guide for all keys; `allsky-backups config check` reads this file.\n[site]\nhome = "%s"\n\n[backups]\ndir = "%s"\n\n[state]\ndir = "/var/lib/allsky-backups"\n\n[server]\nbind = "unix:%s"\nbase_path = "/backups"\nauth = "panel"\n' \
		"$home" "$backups" "$socket" > "$first"
	[ "${port:-80}" = 80 ] || printf '\n[panel]\nbridge = "http://127.0.0.1:%s/backups-session.php"\n' "$port" >> "$first"
	if [ $system = indi-allsky ]; then
		printf '# Allsky Backups. See the guide for all keys; `allsky-backups config check` reads this file.\n[site]\nhome = "%s"\nsystem = "indi-allsky"\nflask = "%s"\n\n[backups]\ndir = "%s"\n\n[state]\ndir = "/var/lib/allsky-backups"\n\n[server]\nbind = "unix:%s"\nbase_path = "/backups"\nauth = "indi-allsky"\n\n[panel]\nsocket = "%s/gunicorn-indi-allsky.sock"\n' \
			"$home" "$flask" "$backups" "$socket" "$state" > "$first"
	fi
	put "$first" $config 0644
	rm -f "$first"
fi
# The page saves settings: the folder belongs to the camera's owner, and to nobody else.
config_dir=$root$(dirname $config)
if [ -d "$config_dir" ] && [ "$(stat -c %a "$config_dir")" != 750 ]; then
	echo "  gives  $config_dir to $owner"
	changed=1
	if [ -z "$dry" ]; then
		chmod 0750 "$config_dir"
		[ "$(id -u)" != 0 ] || chown -h "$owner:" "$config_dir" "$root$config"
	fi
fi
put_filled "$here/systemd/allsky-backups.service.in" $units/allsky-backups.service 0644
# The service may leave this machine only for mails, and only while its settings send any.
gate=()
[ -z "$root" ] || gate+=(--root "$root")
[ -z "$dry" ] || gate+=(--dry-run)
said=$("$here/mails.sh" "${gate[@]}")
if [ -n "$said" ]; then
	changed=1
	echo "$said"
fi
put_filled "$here/systemd/allsky-backups-recover.service.in" $units/allsky-backups-recover.service 0644
if [ $system = allsky ]; then
	put_filled "$here/systemd/50-allsky-backups.rules.in" $rules 0644
else
	# The camera is a service of its owner, who needs no further right to start and stop it.
	put_filled "$here/indi-allsky/service.conf.in" $units/allsky-backups.service.d/indi-allsky.conf 0644
	put_filled "$here/indi-allsky/recover.conf.in" $units/allsky-backups-recover.service.d/indi-allsky.conf 0644
fi
if [ ! -d "$root$backups" ]; then
	echo "  makes  $root$backups"
	changed=1
	if [ -z "$dry" ]; then
		mkdir -p "$(dirname "$root$backups")"
		mkdir -m 0700 "$root$backups"
		[ "$(id -u)" != 0 ] || chown "$owner:" "$root$backups"
	fi
fi
# The web server comes last: its drop-in names files that must be there.
# One line in the server of indi-allsky, before its first location: there is no folder for drop-ins.
line='    include /etc/nginx/allsky-backups.conf; # Allsky Backups'
site=/etc/nginx/sites-available/indi-allsky.conf
mounted=''
include_in_nginx() {
	grep -qF "$line" "$root$site" && return
	changed=1
	echo "  adds   a line to $root$site"
	[ -z "$dry" ] || return 0
	cp -p "$root$site" "$root$site.new"
	awk -v line="$line" '!done && /^[ \t]*location[ \t]/ { print line; done = 1 } { print }' "$root$site" > "$root$site.new"
	mv -f "$root$site.new" "$root$site"
}
if [ $system = indi-allsky ]; then
	if [ -f "$root$site" ]; then
		put_filled "$here/indi-allsky/nginx.conf.in" /etc/nginx/allsky-backups.conf 0644
		include_in_nginx
		mounted=nginx
	fi
	if [ -d "$root/etc/apache2/conf-enabled" ]; then
		put_filled "$here/indi-allsky/apache.conf.in" /etc/apache2/conf-enabled/allsky-backups.conf 0644
		mounted=apache2
	fi
	[ -n "$mounted" ] || echo "  neither nginx nor Apache here: the page is not mounted; \`allsky-backups serve\` works alone"
elif [ -d "$root$(dirname $conf)" ]; then
	put_filled "$here/allsky/60-allsky-backups.conf.in" $conf 0644
else
	echo "  no lighttpd here: the page is not mounted; \`allsky-backups serve\` works alone"
fi

if [ ${#made[@]} -gt 0 ]; then
	printf '%s\n' "${made[@]}" >> "$root$lib/made-folders"
fi

if [ -n "$dry" ]; then
	[ $changed = 1 ] || echo "  nothing to do"
	exit 0
fi
if [ -n "$root" ]; then
	[ $changed = 1 ] && echo "Done below $root." || echo "Nothing to do: all of it is in place."
	exit 0
fi

# ---- and set going --------------------------------------------------------------------------
# Modules that Apache has already stay when the page goes; the uninstaller turns off what is on because of it.
for module in $([ "$mounted" != apache2 ] || echo proxy proxy_http headers); do
	a2query -q -m "$module" 2>/dev/null || { a2enmod -q "$module" > /dev/null && echo "$module" >> "$lib/made-modules"; } || true
done
if [ "$mounted" = nginx ] && ! nginx -tq; then
	"$here/uninstall.sh" > /dev/null
	fail "nginx did not accept the page, which was taken out again" "nginx -t says why"
fi
if [ "$mounted" = apache2 ] && ! apache2ctl -t 2>/dev/null; then
	"$here/uninstall.sh" > /dev/null
	fail "Apache did not accept the page, which was taken out again" "apache2ctl -t says why"
fi
if [ -f $conf ] && ! lighttpd -tt -f /etc/lighttpd/lighttpd.conf; then
	rm -f $conf
	fail "the web server did not accept the drop-in, which was taken out again" "lighttpd -tt -f /etc/lighttpd/lighttpd.conf says why"
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl enable --quiet allsky-backups.service allsky-backups-recover.service
	if [ $changed = 1 ] || ! systemctl --quiet is-active allsky-backups.service; then
		systemctl restart allsky-backups.service
		[ ! -f $conf ] || systemctl reload-or-restart lighttpd.service
		[ -z "$mounted" ] || systemctl reload-or-restart "$mounted.service"
	fi
fi
where='System > Backups in the panel.'
[ $system = allsky ] || where='https://THIS-MACHINE/backups/, for administrators of indi-allsky.'
[ $changed = 1 ] && echo "Done: $where" || echo "Nothing to do: all of it is in place."
