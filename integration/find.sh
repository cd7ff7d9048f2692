# shellcheck shell=bash disable=SC2034,SC2154
# Which camera it is. The installer reads this file.
#
# Rule: what root noted or what belongs to root decides: the note of the last installation, the camera's unit, the
# web server's configuration. A folder that looks like a camera proves nothing, because any user can make one; it
# counts only for the user who calls sudo, or when it is named with --home.

# Homes that files of root name for this system, one a line.
named_by_root() {
	local unit text
	if [ "$1" = allsky ]; then
		for unit in "$root/etc/systemd/system/allsky.service" "$root/lib/systemd/system/allsky.service"; do
			sed -n 's/^ExecStart=\(\/[^ ]*\)\/allsky\.sh.*/\1/p' "$unit" 2> /dev/null || true
		done
		sed -n 's/^[^#]*"ALLSKY_HOME" *=> *"\(\/[^"]*\)".*/\1/p' "$root/etc/lighttpd/lighttpd.conf" 2> /dev/null || true
	else
		for text in "$root"/etc/nginx/sites-available/indi-allsky{.conf,_ssl} "$root"/etc/apache2/sites-available/indi-allsky.conf \
			"$root/etc/caddy/indi-allsky_https.inc" "$root/etc/httpd/conf/conf.d/indi-allsky.conf"; do
			sed -n 's#^[^\#]*[ \t"]\(/[^ \t";]*\)/indi_allsky/flask/static.*#\1#p' "$text" 2> /dev/null || true
		done
	fi
}

# looks_like SYSTEM FOLDER
looks_like() {
	case $1 in
		allsky) [ -d "$2/config" ] && { [ -f "$2/variables.json" ] || [ -f "$2/variables.sh" ] || [ -f "$2/version" ]; } ;;
		*) [ -d "$2/indi_allsky" ] ;;
	esac
}

# Folders of users that look like this system, one a line.
lookalikes() {
	local folder
	for folder in "$root"/home/*/"$1" "$root/root/$1"; do
		! looks_like "$1" "$folder" || echo "${folder%/}"
	done
}

# find_camera: sets home, and system where it was not said.
find_camera() {
	local kind folder found=() seen=() mine=()
	home=$(remembered home)
	if [ -n "$home" ] && { [ -z "$system" ] || [ "$system" = "$(remembered system)" ]; }; then
		system=$(remembered system)
		return
	fi
	home=''
	for kind in allsky indi-allsky; do
		[ -z "$system" ] || [ "$system" = $kind ] || continue
		while read -r folder; do
			folder=$(realpath -m "$root$folder")
			! looks_like $kind "$folder" || [[ " ${found[*]} " == *" $folder "* ]] || found+=("$folder")
		done < <(named_by_root $kind)
		while read -r folder; do
			seen+=("$folder")
			[ -z "${SUDO_USER:-}" ] || [ "$SUDO_USER" = root ] || [ "$(stat -c %U "$folder")" != "$SUDO_USER" ] || mine+=("$folder")
		done < <(lookalikes $kind)
	done
	[ ${#found[@]} -gt 0 ] || found=("${mine[@]}")
	[ ${#found[@]} -le 1 ] || fail "there are several: ${found[*]}" "Say which one: --home ${found[0]}"
	if [ ${#found[@]} = 0 ]; then
		[ ${#seen[@]} = 0 ] || fail "nothing that belongs to root says where the camera is" "Say it: --home ${seen[*]}"
		fail "no Allsky was found" "Say where it is: --home /path/to/allsky"
	fi
	home=${found[0]}
}
