# shellcheck shell=bash
# The same machine with a card that was written anew: no pictures, no backups, and an archive that was kept elsewhere.
# With both versions of the panel. Read by machine-inside.sh.
mkdir /tmp/kept && cp "$(find /home/pi/allskybackups -name 'allsky-config-backup-*.tar.gz' | head -n 1)" /tmp/kept/ && chmod -R a+rX /tmp/kept
archive=$(basename /tmp/kept/*.tar.gz)
ours() { runuser -u pi -- /story/allsky-backups --config /etc/allsky-backups/config.toml "$@"; }
runs() { systemctl --quiet is-active allsky.service; }
install_here() { env -u LANG bash /story/integration/install.sh --bin /story/allsky-backups; }
brought_back() { # brought_back WHICH: from the empty card to the camera that runs
	local part
	rm -rf /home/pi/allskybackups /home/pi/allsky/images
	check "$1: a card without pictures is installed" install_here
	check "$1: its service is up" soon systemctl --quiet is-active allsky-backups.service
	part=$(find /home/pi/allsky/config/overlay -type f -name '*.json' | sort | head -n 1)
	mv "$part" /tmp/part
	check "$1: the archive is imported" ours import "/tmp/kept/$archive"
	check "$1: and restored" ours restore "$archive" --yes
	check "$1: what was lost is there again" cmp "$part" /tmp/part
	check "$1: the camera runs" soon runs
	check "$1: its settings are one file with two names" is "$(stat -c %h /home/pi/allsky/config/settings.json)" 2
	check "$1: what came back is for camera and panel" is "$(stat -c '%a %U %G' "$part")" "664 pi www-data"
}
brought_back "the newest panel"
check "the newest panel: it is removed" bash /usr/lib/allsky-backups/uninstall.sh --purge

# The released panel: no variables.json, name and password with each page, PHP that lighttpd starts by itself, and a
# configuration that names a variable which the shell of an installation may lack.
rm /home/pi/allsky/variables.json
mkdir -p /home/pi/allsky/html/includes
echo "<?php header('WWW-Authenticate: Basic realm=\"x\"');" > /home/pi/allsky/html/includes/authenticate.php
# shellcheck disable=SC2016
printf 'admin\n$2y$04$duqEZ8wGSY9IjuMxhl2GB.NZArEUJ5GvnMFVCeLd2kcE.LDdvs5y2\n' > /home/pi/allsky/config/raspap.auth
echo '<?php if (($_SERVER["PHP_AUTH_PW"] ?? "") !== "secret") { http_response_code(401); exit; } echo "a page";' > /home/pi/allsky/html/index.php
chown -R pi:www-data /home/pi/allsky/html /home/pi/allsky/config/raspap.auth
systemctl stop lighttpd
lighty-disable-mod fastcgi-php-fpm > /dev/null 2>&1
lighty-enable-mod fastcgi-php > /dev/null 2>&1
cp /etc/lighttpd/lighttpd.conf /tmp/lighttpd.conf
sed -i 's#^server.document-root.*#server.document-root = "/home/pi/allsky/html"#' /etc/lighttpd/lighttpd.conf
printf 'setenv.add-environment = ( "LANG" => env.LANG, "ALLSKY_HOME" => "/home/pi/allsky/" )\n' >> /etc/lighttpd/lighttpd.conf
mkdir -p /etc/systemd/system/lighttpd.service.d && printf '[Service]\nEnvironment=LANG=C.UTF-8\n' > /etc/systemd/system/lighttpd.service.d/lang.conf
systemctl daemon-reload && systemctl start lighttpd
brought_back "the released panel"
login='Authorization: Basic YWRtaW46c2VjcmV0'
released() { is "$(status GET "$@")" 200; }
check "the released panel: its password lets one in" soon released /backups/ "$login"
check "the released panel: another does not" is "$(status GET /backups/ 'Authorization: Basic YWRtaW46d3Jvbmc=')" 401
entry() { http GET /index.php "$login" | grep -q 'backups-entry.js'; }
check "the released panel: its pages lead there" soon entry
check "the released panel: it is removed" bash /usr/lib/allsky-backups/uninstall.sh --purge
untouched() { is "$(http GET /index.php "$login" | tail -n 1)" "a page"; }
check "the released panel: its pages are as they were" soon untouched
systemctl stop lighttpd
rm -r /etc/systemd/system/lighttpd.service.d && systemctl daemon-reload
cp /tmp/lighttpd.conf /etc/lighttpd/lighttpd.conf
lighty-disable-mod fastcgi-php > /dev/null 2>&1
lighty-enable-mod fastcgi-php-fpm > /dev/null 2>&1
systemctl start lighttpd
