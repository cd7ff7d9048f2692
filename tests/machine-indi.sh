# shellcheck shell=bash
# The same machine with an indi-allsky in place of the panel: whose camera is not of the web server's group, behind
# nginx and then behind Apache. Read by machine-inside.sh.
if ! command -v nginx > /dev/null || ! command -v apache2 > /dev/null; then
	echo "skipped indi-allsky: this machine has no nginx and no Apache (remove target/machine, and it is fetched anew)"
	return 0
fi
systemctl stop lighttpd allsky.service
rm -rf /home/pi/allsky
useradd --create-home ann && chmod 755 /home/ann
runuser -u ann -- /story/allsky-backups --system indi-allsky demo --build-only --dir /home/ann --nights 1 --frames 2 > /dev/null
mkdir /etc/indi-allsky && cp /home/ann/etc/indi-allsky/* /etc/indi-allsky/ && chown -R ann: /etc/indi-allsky
rm -rf /etc/nginx/sites-enabled/* /etc/apache2/sites-enabled/*
install_it() { bash /story/integration/install.sh --bin /story/allsky-backups "$@"; }

tree > /tmp/before-any
check "a home alone proves nothing" bash -c 'bash /story/integration/install.sh --bin /story/allsky-backups --dry-run 2>&1 | grep -q -e "--home /home/ann/indi-allsky"'
check "but for its owner who calls sudo; no web server for it, and that is said" bash -c 'SUDO_USER=ann bash /story/integration/install.sh --bin /story/allsky-backups --dry-run | grep -q "owner ann"'
printf 'server {\n    listen 80;\n    location /indi-allsky {\n        return 200 "indi";\n    }\n    location /indi-allsky/static {\n        alias /home/ann/indi-allsky/indi_allsky/flask/static;\n    }\n}\n' > /etc/nginx/sites-available/indi-allsky.conf
ln -s ../sites-available/indi-allsky.conf /etc/nginx/sites-enabled/
mv /etc/apache2 /etc/apache2.away
systemctl start nginx
tree > /tmp/before
check "a dry run beside indi-allsky does nothing" bash -c 'bash /story/integration/install.sh --bin /story/allsky-backups --dry-run | grep -q "a line to /etc/nginx"'
tree > /tmp/after
check "nothing at all" diff /tmp/before /tmp/after
check "the installer finds an indi-allsky, its owner and its nginx" install_it
check "and does nothing when it runs again" bash -c 'bash /story/integration/install.sh --bin /story/allsky-backups | grep -q "Nothing to do"'
check "its service is up" soon systemctl --quiet is-active allsky-backups.service
check "as the camera's owner" is "$(ps -o user= -p "$(systemctl show -P MainPID allsky-backups)" | tr -d ' ')" ann
check "whose socket is for the web server, though ann is not of its group" is "$(stat -c '%a %U %G' /run/allsky-backups/http.sock) $(id -nG ann)" "660 ann www-data ann"
indi() { is "$(status GET "$1")" "$2"; }
check "behind nginx nobody comes in without login" soon indi /backups/ 401
check "and indi-allsky is where it was" indi /indi-allsky 200
sed -i 's/"LOGIN_DISABLED": false/"LOGIN_DISABLED": true/' /etc/indi-allsky/flask.json
check "without its login the page is there" soon indi /backups/ 200
sed -i 's/"LOGIN_DISABLED": true/"LOGIN_DISABLED": false/' /etc/indi-allsky/flask.json
check "it goes without a trace" bash /usr/lib/allsky-backups/uninstall.sh --purge
tree | grep -v /home/ann/allskybackups > /tmp/after
check "the machine with nginx is as it was" diff /tmp/before /tmp/after
check "nginx serves on without it" indi /backups/ 404
echo 'mistaken;' > /etc/nginx/conf.d/mistaken.conf
tree | grep -v /home/ann/allskybackups > /tmp/before
check "where nginx does not accept its own configuration nothing is mounted" not install_it
check "and what was put there is taken out again" bash /story/integration/uninstall.sh --purge
tree | grep -v /home/ann/allskybackups > /tmp/after
check "so that nothing is left" diff /tmp/before /tmp/after
rm /etc/nginx/conf.d/mistaken.conf
systemctl stop nginx
rm /etc/nginx/sites-enabled/indi-allsky.conf /etc/nginx/sites-available/indi-allsky.conf
mv /etc/apache2.away /etc/apache2
echo 'Alias /indi-allsky/static /home/ann/indi-allsky/indi_allsky/flask/static' > /etc/apache2/sites-available/indi-allsky.conf
a2enmod -q headers > /dev/null
systemctl start apache2
tree | grep -v /home/ann/allskybackups > /tmp/before
check "the installer finds its Apache" install_it
check "and turns on what it lacks" bash -c 'a2query -q -m proxy_http'
check "behind Apache nobody comes in without login" soon indi /backups/ 401
check "it goes from there as well" bash /usr/lib/allsky-backups/uninstall.sh --purge
tree | grep -v /home/ann/allskybackups > /tmp/after
check "the machine with Apache is as it was, and what was on before stays on" diff /tmp/before /tmp/after
check "with the backups of ann" test -d /home/ann/allskybackups
useradd --create-home bob && mkdir -p /home/bob/allsky/config && echo '{}' > /home/bob/allsky/variables.json && chown -R bob: /home/bob
echo '$HTTP["x"] == "y" { setenv.add-environment = ( "ALLSKY_HOME" => "/home/bob/allsky/" ) }' >> /etc/lighttpd/lighttpd.conf
check "of two cameras the owner says which" bash -c 'bash /story/integration/install.sh --bin /story/allsky-backups --dry-run 2>&1 | grep -q "there are several: /home/bob/allsky /home/ann/indi-allsky"'
check "and it is that one" bash -c 'bash /story/integration/install.sh --bin /story/allsky-backups --dry-run --home /home/bob/allsky | grep -q "owner bob"'
