# shellcheck shell=bash disable=SC2034,SC2154
# How the page is mounted in the web server that is there, and how that server is asked whether it took it. The
# installer reads this file.

conf=/etc/lighttpd/conf-enabled/60-allsky-backups.conf
# One line in each server of indi-allsky, before its first location: nginx has no folder for drop-ins there.
line='    include /etc/nginx/allsky-backups.conf; # Allsky Backups'
sites=(/etc/nginx/sites-available/indi-allsky.conf /etc/nginx/sites-available/indi-allsky_ssl)
# The web servers that have it, by the names of their units.
mounted=()

# What lighttpd has in its environment while it runs: its configuration may name variables that a shell lacks.
lighttpd_environment() {
	local process
	process=$(systemctl show -P MainPID lighttpd.service 2> /dev/null || echo 0)
	if [ "${process:-0}" != 0 ] && [ -r "/proc/$process/environ" ]; then
		cat "/proc/$process/environ"
	else
		printf 'PATH=%s\0LANG=%s\0' "$PATH" "$({ systemctl show-environment 2> /dev/null || true; } | sed -n 's/^LANG=//p' | grep . || echo C.UTF-8)"
	fi
}
# as_lighttpd COMMAND...: in that environment.
as_lighttpd() {
	local environment
	mapfile -d '' environment < <(lighttpd_environment)
	env -i "${environment[@]}" PATH="$PATH" "$@"
}

# Port of the panel, over which the service asks it who is logged in.
panel_port() {
	local port=''
	! command -v lighttpd > /dev/null || port=$(as_lighttpd lighttpd -p -f "$root/etc/lighttpd/lighttpd.conf" 2> /dev/null |
		sed -n 's/^ *server\.port *= *\([0-9]*\).*/\1/p' | tail -n 1 || true)
	echo "${port:-80}"
}

# PHP that lighttpd starts by itself takes no settings with a request, as php-fpm does: they go into a file of its own.
cgi_folders() {
	local folder
	compgen -G "$root/etc/lighttpd/conf-enabled/*fastcgi-php.conf" > /dev/null || return 0
	for folder in "$root"/etc/php/*/cgi/conf.d; do
		[ ! -d "$folder" ] || echo "${folder#"$root"}"
	done
}

mount_in_lighttpd() {
	local folder
	for folder in $(cgi_folders); do
		put_filled "$here/allsky/cgi.ini.in" "$folder/99-allsky-backups.ini" 0644
	done
	put_filled "$here/allsky/60-allsky-backups.conf.in" $conf 0644
	mounted+=(lighttpd)
}

include_in_nginx() {
	local site=$1 text
	grep -qF "$line" "$root$site" && return
	changed=1
	echo "  adds   a line to $root$site"
	[ -z "$dry" ] || return 0
	remember "$root$site"
	text=$(awk -v line="$line" '!done && /^[ \t]*location[ \t]/ { print line; done = 1 } { print }' "$root$site")
	cp -p "$root$site" "$root$site.new"
	printf '%s\n' "$text" > "$root$site.new"
	mv -f "$root$site.new" "$root$site"
}

mount_for_indi() {
	local site
	for site in "${sites[@]}"; do
		[ -f "$root$site" ] || continue
		put_filled "$here/indi-allsky/nginx.conf.in" /etc/nginx/allsky-backups.conf 0644
		include_in_nginx "$site"
		mounted=(nginx)
	done
	if [ -d "$root/etc/apache2/conf-enabled" ]; then
		put_filled "$here/indi-allsky/apache.conf.in" /etc/apache2/conf-enabled/allsky-backups.conf 0644
		mounted+=(apache2)
	fi
	[ ${#mounted[@]} = 0 ] || return 0
	if [ -f "$root/etc/caddy/indi-allsky_https.inc" ]; then
		echo "  Caddy serves indi-allsky here, and this installer does not know Caddy: the page is not mounted."
		echo "  Give Caddy's user the group $webgroup, and put this above the block \"handle /indi-allsky*\" of the same file:"
		echo "      handle /backups* {"
		echo "          reverse_proxy unix/$socket"
		echo "      }"
	else
		echo "  neither nginx nor Apache here: the page is not mounted; \`allsky-backups serve\` works alone"
	fi
}

# Where no web server of ours can be served, before anything is written.
refuse_other_layouts() {
	[ ! -d "$root/etc/httpd" ] || [ -d "$root/etc/apache2" ] || [ -f "$root${sites[0]}" ] || [ -f "$root${sites[1]}" ] ||
		fail "the web server's files are in /etc/httpd, as on Arch Linux; only the layouts of Debian and Raspberry Pi OS are served" \
			"Use the page without a web server: allsky-backups serve"
}

# Fails in words when the web server does not take its new configuration.
check_web_server() {
	local server
	for server in "${mounted[@]}"; do
		case $server in
			nginx) ! command -v nginx > /dev/null || nginx -tq || fail "nginx did not accept the page" "nginx -t says why" ;;
			apache2) ! command -v apache2ctl > /dev/null || apache2ctl -t 2> /dev/null || fail "Apache did not accept the page" "apache2ctl -t says why" ;;
			lighttpd)
				! command -v lighttpd > /dev/null || as_lighttpd lighttpd -tt -f /etc/lighttpd/lighttpd.conf ||
					fail "the web server did not accept the drop-in" "lighttpd -tt -f /etc/lighttpd/lighttpd.conf says why" ;;
		esac
	done
}

# What the panel's web server answers at the address of the page; 000 when nobody answers.
page_status() {
	local answer=''
	{ exec 3<> "/dev/tcp/127.0.0.1/$1"; } 2> /dev/null || { echo 000; return; }
	printf 'GET /backups/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
	read -r -t 10 answer <&3 || true
	exec 3>&-
	answer=${answer#* }
	echo "${answer%% *}"
}

# Waits until the page is there: the panel's web server has it, and the service behind it answers.
await_page() {
	local port status end=$((SECONDS + 20))
	[[ " ${mounted[*]} " == *" lighttpd "* ]] && systemctl --quiet is-active lighttpd.service || return 0
	port=$(panel_port)
	while :; do
		status=$(page_status "$port")
		case $status in 404|000|5??|'') ;; *) return 0 ;; esac
		[ $SECONDS -lt $end ] || break
		sleep 0.5
	done
	fail "the web server answers $status for the page at port $port" "journalctl -u lighttpd -u allsky-backups says why"
}
