#!/bin/bash
# Installs Allsky Backups beside an AllskyTeam panel or an indi-allsky: program, service, recovery at
# boot, one web server drop-in. It ends whole or takes back what it did; run again at any time, it changes only what
# differs and puts right what is not as it should be. `--dry-run` shows what it would do. Nothing of the panel or the
# camera is edited; uninstall.sh takes all of it away again.
set -euo pipefail
umask 022

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=integration/common.sh
. "$here/common.sh"
# shellcheck source=integration/find.sh
. "$here/find.sh"
# shellcheck source=integration/journal.sh
. "$here/journal.sh"
# shellcheck source=integration/web.sh
. "$here/web.sh"
system='' home='' owner='' bin='' backups='' images='' pictures='' dry=''

usage() {
	cat <<TEXT
usage: install.sh [--system allsky|indi-allsky] [--home DIR] [--owner USER] [--bin FILE] [--backups DIR] [--root DIR] [--dry-run]
  --system   allsky or indi-allsky           (found: see --home)
  --home     where it lives                  (found: what was installed before, the camera's unit, the web server)
  --owner    who owns it                     (found: owner of that folder)
  --bin      the program to install          (found: target/dist or target/release beside this script;
             that of the Debian package stays where the package put it)
  --backups  folder for backups              (allskybackups beside Allsky)
  --root     install below this folder, and start nothing (for images and tests)
  --dry-run  say what would be done, change nothing
TEXT
}

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

# ---- what is here; nothing is written yet ---------------------------------------------------
[ -n "$home" ] || find_camera
home=$(realpath -e "$home" 2> /dev/null) || fail "there is no such folder, and no config folder in it" "Say where Allsky is: --home /path/to/allsky"
if [ -z "$system" ]; then
	system=allsky
	[ ! -d "$home/indi_allsky" ] || system=indi-allsky
fi
case $system in allsky|indi-allsky) ;; *) fail "there is no system \"$system\"" "Say --system allsky or --system indi-allsky" ;; esac
if [ "$home" = "$(remembered home)" ]; then
	owner=${owner:-$(remembered owner)} backups=${backups:-$(remembered backups)}
fi
[ -n "$owner" ] || owner=$(stat -c %U "$home")
id "$owner" > /dev/null 2>&1 || fail "there is no user $owner"
if [ $system = allsky ]; then
	[ -d "$home/config" ] || fail "$home does not look like Allsky: it has no config folder"
else
	[ -d "$home/indi_allsky" ] || fail "$home does not look like indi-allsky: it has no indi_allsky folder"
	flask=/etc/indi-allsky/flask.json
	[ -f "$root$flask" ] || fail "there is no $root$flask" "Finish the setup of indi-allsky first, or put back the flask.json of a backup."
	said() { text_of "$owner" "$root$flask" | sed -n "s/^ *\"$1\" *: *\"\([^\"]*\)\".*/\1/p" | head -n 1; }
	images=$(said INDI_ALLSKY_IMAGE_FOLDER) state=$(said MIGRATION_FOLDER)
	images=${images:-/var/www/html/allsky/images} state=$(dirname "${state:-/var/lib/indi-allsky/migrations}")
	refuse_other_layouts
fi
[ -n "$backups" ] || backups=$(dirname "$home")/allskybackups
program=$lib/allsky-backups
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

# Where a camera of AllskyTeam keeps its pictures, where that is not below its home: as its files say, or as a link
# says. As the unit wants to have it.
picture_folders() {
	local said folder
	{
		text_of "$owner" "$home/variables.json" | sed -n 's/.*"ALLSKY_IMAGES" *: *"\([^"]*\)".*/\1/p'
		text_of "$owner" "$home/config/uservariables.sh" | sed -n 's/^ *\(export  *\)\?ALLSKY_IMAGES=["'"'"']\?\([^"'"'"' #]*\).*/\2/p'
		[ ! -L "$home/images" ] || as_owner "$owner" readlink -f "$home/images" || true
	} | while read -r said; do
		folder=${said//\$\{ALLSKY_HOME\}/$home} folder=${folder//\$\{HOME\}/$(dirname "$home")}
		case $folder in
			/ | *[!A-Za-z0-9._/@-]* | "$home"/*) ;;
			/*) echo "$folder" ;;
		esac
	done | sort -u | sed 's/^/-/' | tr '\n' ' ' | sed 's/ $//'
}
webgroup=www-data
getent group "$webgroup" > /dev/null || fail "there is no group $webgroup, so no web server to mount in" "Install the panel first."

config=$settings/config.toml
socket=/run/allsky-backups/http.sock
rules=/etc/polkit-1/rules.d/50-allsky-backups.rules
uid=$(id -u "$owner")
if [ $system = allsky ]; then pictures="$(picture_folders)" pictures="${pictures:+$pictures }-/opt/allsky"; fi
for value in "$home" "$backups" "$owner" "$images" "${state:-}"; do
	case $value in *[!A-Za-z0-9._/@-]*) fail "\"$value\" has characters that unit files cannot carry" ;; esac
done
if [ -d "$root$settings" ] && [ "$(id -u)" = 0 ]; then
	case $(stat -c %U "$root$settings") in
		root|"$owner") ;;
		*) fail "$root$settings belongs to $(stat -c %U "$root$settings"), and not to $owner" "Move it away, and run this again." ;;
	esac
fi
if [ -d "$root$backups" ] && ! as_owner "$owner" test -w "$root$backups" -a -x "$root$backups"; then
	fail "$owner cannot write to $root$backups" "Give the folder to $owner, or name another one: --backups DIR"
fi

echo "$([ $system = allsky ] && echo 'Allsky in     ' || echo 'indi-allsky in') $home (owner $owner)"
echo "Backups in     $backups"
echo "Program from   $bin"
[ -z "$root" ] || echo "Installed below $root, nothing is started"

# Where the web server has no LANG, the panel's own configuration does not ask for it either.
without=''
grep -qs 'env\.LANG' "$root/etc/lighttpd/lighttpd.conf" || without='/env\.LANG/d'
fill() {
	sed -e "$without" -e "s#@HOME@#$home#g; s#@OWNER@#$owner#g; s#@BACKUPS@#$backups#g; s#@WEBGROUP@#$webgroup#g" \
		-e "s#@LIB@#$lib#g; s#@BIN@#$program#g; s#@CONFIG@#$config#g; s#@CONFIG_DIR@#$settings#g; s#@SOCKET@#$socket#g" \
		-e "s#@UID@#$uid#g; s#@FLASK@#${flask:-}#g; s#@ETC@#/etc/indi-allsky#g; s#@STATE@#${state:-}#g; s#@IMAGES@#$images#g" \
		-e "s#@PICTURES@#$pictures#g; s#@OWNERHOME@#$(dirname "$home")#g" "$1"
}
put_filled() { put_text "$2" "$3" < <(fill "$1"); }

# The first settings; later ones are the owner's.
first_settings() {
	local port
	printf '# Allsky Backups. See the guide for all keys; `allsky-backups config check` reads this file.\n[site]\nhome = "%s"\n' "$home"
	[ $system = allsky ] || printf 'system = "indi-allsky"\nflask = "%s"\n' "$flask"
	printf '\n[backups]\ndir = "%s"\n\n[state]\ndir = "/var/lib/allsky-backups"\n\n' "$backups"
	printf '[server]\nbind = "unix:%s"\nbase_path = "/backups"\nauth = "%s"\n' "$socket" "$([ $system = allsky ] && echo panel || echo indi-allsky)"
	if [ $system = indi-allsky ]; then
		printf '\n[panel]\nsocket = "%s/gunicorn-indi-allsky.sock"\n' "$state"
		return
	fi
	port=$(panel_port)
	[ "$port" = 80 ] || printf '\n[panel]\nbridge = "http://127.0.0.1:%s/backups-session.php"\n' "$port"
}

# The page saves settings: the folder belongs to the camera's owner, and to nobody else. It is his only when the
# file is in it; from then on root writes nothing there.
put_settings() {
	local folder=$root$settings
	if [ -d "$folder" ] && [ "$(stat -c %U "$folder")" = "$owner" ]; then
		if [ "$(stat -c %a "$folder")" != 750 ]; then
			changed=1
			echo "  gives  $folder to $owner"
			[ -n "$dry" ] || as_owner "$owner" chmod 0750 "$folder"
		fi
		[ ! -e "$root$config" ] && [ ! -L "$root$config" ] || return 0
		changed=1
		echo "  writes $root$config"
		[ -n "$dry" ] || first_settings | as_owner "$owner" sh -c 'set -C; umask 027; cat > "$1" && chmod 0644 "$1"' sh "$root$config"
		[ -n "$dry" ] || steps+=("new $root$config")
		return 0
	fi
	[ -e "$root$config" ] || put_text "$config" 0644 < <(first_settings)
	changed=1
	echo "  gives  $folder to $owner"
	[ -z "$dry" ] || return 0
	if [ "$(id -u)" = 0 ]; then
		chmod 0700 "$folder"
		chown -h "$owner:" "$root$config"
		chown -h "$owner:" "$folder"
	fi
	as_owner "$owner" chmod 0750 "$folder"
}

# Made by the owner: what he may not make, root does not make for him.
make_backups_folder() {
	local folder=$root$backups missing=() at
	[ ! -d "$folder" ] || return 0
	echo "  makes  $folder"
	changed=1
	[ -z "$dry" ] || return 0
	for ((at = 0; at < 64; at++)); do
		[ ! -d "$folder" ] || break
		missing=("$folder" "${missing[@]}")
		folder=$(dirname "$folder")
	done
	for folder in "${missing[@]}"; do
		as_owner "$owner" mkdir -m "$([ "$folder" = "$root$backups" ] && echo 0700 || echo 0755)" "$folder" ||
			fail "$owner cannot make $folder" "Make the folder for $owner, or name another one: --backups DIR"
		steps+=("owned $folder")
	done
}

turned_on=()
before_taking_back() {
	local module
	for module in "${turned_on[@]}"; do a2dismod -q -f -p "$module" > /dev/null; done
	! is_live || [ -n "$was_installed" ] || systemctl disable --quiet --now allsky-backups.service allsky-backups-recover.service 2> /dev/null
}
after_taking_back() {
	is_live || return 0
	systemctl daemon-reload
	for server in "${mounted[@]}"; do systemctl try-reload-or-restart "$server.service"; done
	[ -z "$was_installed" ] || systemctl try-restart allsky-backups.service
}

# ---- how it is put there --------------------------------------------------------------------
was_installed=''
[ ! -e "$root$units/allsky-backups.service" ] || was_installed=1
begin
if [ "$bin" != "$program" ]; then
	put "$bin" "$program" 0755
	put_link "$program" /usr/local/bin/allsky-backups
fi
if [ $system = allsky ]; then
	for file in session.php append.php entry.js; do put "$here/allsky/$file" "$lib/$file" 0644; done
fi
for file in uninstall.sh mails.sh; do put "$here/$file" "$lib/$file" 0755; done
put "$here/common.sh" $lib/common.sh 0644
put_text "$record" 0644 < <(
	printf '# Written by the installer; root alone writes here.\nsystem=%s\nhome=%s\nowner=%s\nbackups=%s\n' "$system" "$home" "$owner" "$backups"
)
put_settings
put_filled "$here/systemd/allsky-backups.service.in" $units/allsky-backups.service 0644
# The service may leave this machine only for mails, and only while its settings send any.
gate=()
[ -z "$root" ] || gate+=(--root "$root")
[ -z "$dry" ] || gate+=(--dry-run)
if [ -z "$dry" ]; then
	[ -d "$root$units/allsky-backups.service.d" ] || steps+=("folder $root$units/allsky-backups.service.d")
	remember "$root$units/allsky-backups.service.d/mail.conf"
fi
said=$("$here/mails.sh" --only-write --owner "$owner" "${gate[@]}")
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
make_backups_folder
# The web server comes last: its drop-in names files that must be there.
if [ $system = indi-allsky ]; then
	mount_for_indi
elif [ -d "$root$(dirname $conf)" ]; then
	mount_in_lighttpd
else
	echo "  no lighttpd here: the page is not mounted; \`allsky-backups serve\` works alone"
fi
if [ ${#made[@]} -gt 0 ]; then
	remember "$root$lib/made-folders"
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
if [[ " ${mounted[*]} " == *" apache2 "* ]] && command -v a2enmod > /dev/null; then
	for module in proxy proxy_http headers; do
		! a2query -q -m "$module" 2> /dev/null || continue
		a2enmod -q "$module" > /dev/null || fail "Apache has no module $module" "sudo a2enmod $module says why"
		turned_on+=("$module")
	done
fi
if [ ${#turned_on[@]} -gt 0 ]; then
	remember $lib/made-modules
	printf '%s\n' "${turned_on[@]}" >> $lib/made-modules
fi
check_web_server
if is_live; then
	# Written last of all: where it is missing, an earlier run did not get to its end.
	going=$lib/going
	[ -e $going ] || changed=1
	[ $changed = 0 ] || rm -f $going
	systemctl daemon-reload
	for unit in allsky-backups.service allsky-backups-recover.service; do
		systemctl --quiet is-enabled "$unit" 2> /dev/null || { changed=1; systemctl enable --quiet "$unit"; }
	done
	if [ $changed = 1 ] || ! systemctl --quiet is-active allsky-backups.service; then
		changed=1
		systemctl reset-failed allsky-backups.service 2> /dev/null || true
		systemctl restart allsky-backups.service || fail "the service does not start" "journalctl -u allsky-backups says why"
		for server in "${mounted[@]}"; do
			systemctl try-reload-or-restart "$server.service" || fail "$server did not take its new configuration" "systemctl status $server says why"
		done
	fi
	if [[ " ${mounted[*]} " == *" lighttpd "* ]] && systemctl --quiet is-active lighttpd.service && [ "$(page_status "$(panel_port)")" = 404 ]; then
		changed=1
		systemctl restart lighttpd.service || fail "lighttpd did not take its new configuration" "systemctl status lighttpd says why"
	fi
	await_page
	[ -e $going ] || touch $going
fi
where='System > Backups in the panel.'
[ $system = allsky ] || where='https://THIS-MACHINE/backups/, for administrators of indi-allsky.'
[ $changed = 1 ] && echo "Done: $where" || echo "Nothing to do: all of it is in place."
