#!/bin/bash
# The story, told inside the machine by its own systemd.
set -u
passed=0 failed=0 BODY=''
check() { # check WHAT COMMAND...
	local what=$1
	shift
	if "$@" > /tmp/said 2>&1; then
		passed=$((passed + 1)) && echo "ok      $what"
	else
		failed=$((failed + 1)) && echo "FAILED  $what: $(tail -c 600 /tmp/said)"
	fi
}
not() { ! "$@"; }
ports() { # ports PID: those of the network at which it listens
	local fd inode
	for fd in /proc/"$1"/fd/*; do
		inode=$(readlink "$fd" | sed -n 's/^socket:\[\(.*\)\]$/\1/p')
		[ -z "$inode" ] || awk -v inode="$inode" '$4 == "0A" && $10 == inode { print $2 }' /proc/"$1"/net/tcp /proc/"$1"/net/tcp6
	done
}
soon() { # soon COMMAND...: within 90 s, on a machine that may be busy
	local end=$((SECONDS + 90))
	until "$@"; do [ $SECONDS -lt $end ] || return 1; sleep 0.1; done
}
http() { # http METHOD PATH [HEADER...]: prints the whole answer; BODY is sent along
	local method=$1 path=$2
	shift 2
	exec 3<>/dev/tcp/127.0.0.1/80
	printf '%s\r\n' "$method $path HTTP/1.0" 'Host: 127.0.0.1' "$@" "Content-Length: ${#BODY}" '' >&3
	printf '%s' "$BODY" >&3
	cat <&3
	exec 3>&-
}
status() { http "$@" | head -n 1 | cut -d' ' -f2; }
is() { [ "$1" = "$2" ] || { echo "$1 is not $2"; return 1; }; }
tree() { # what the machine's folders are, with modes and owners
	find /etc /usr/lib/allsky-backups /usr/share/allsky-backups /usr/lib/systemd /usr/local /var/lib /home -xdev \
		-not -path '/home/pi/allskybackups*' -not -path '/var/lib/systemd*' -not -path '/var/lib/dpkg*' -not -path '/var/lib/apt*' -not -path '/var/lib/php*' -not -path '/var/lib/private*' -not -path '/var/lib/nginx*' -not -name '*.sqlite-wal' -not -name '*.sqlite-shm' \
		\( -type f -exec sha256sum {} + -o -printf '%p %m %u %g\n' \) 2>/dev/null | sort
}

# A camera, and a panel that answers.
useradd --create-home pi && chmod 755 /home/pi && usermod -aG www-data pi
runuser -u pi -- /story/allsky-backups demo --build-only --dir /home/pi --nights 1 --frames 2 > /dev/null
rm -f /home/pi/.allsky-backups-demo
printf '[Unit]\nDescription=Camera\nAfter=multi-user.target\n[Service]\nUser=pi\nExecStart=/home/pi/allsky/allsky.sh\nExecStop=/bin/sh /home/pi/stop.sh\n[Install]\nWantedBy=multi-user.target\n' > /etc/systemd/system/allsky.service
printf '#!/bin/sh\nexec sleep infinity\n' > /home/pi/allsky/allsky.sh && chmod 755 /home/pi/allsky/allsky.sh
echo 'sleep "$(cat /tmp/rest 2>/dev/null || echo 0)"' > /home/pi/stop.sh
systemctl daemon-reload
systemctl enable --quiet --now allsky.service
lighty-enable-mod setenv fastcgi-php-fpm > /dev/null 2>&1
rm -f /var/www/html/index*.html
printf '<?php session_start(); echo "a page";' > /var/www/html/index.php
systemctl restart lighttpd
session=sess0123456789abcdefghij
token=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
printf 'auth|b:1;user|s:5:"admin";csrf_token|s:32:"%s";' $token > /var/lib/php/sessions/sess_$session
chown www-data: /var/lib/php/sessions/sess_$session
cookie="Cookie: PHPSESSID=$session"
tree > /tmp/before

check "the installer does its work" bash /story/integration/install.sh --bin /story/allsky-backups
check "and nothing when it runs again" bash -c 'bash /story/integration/install.sh --bin /story/allsky-backups | grep -q "Nothing to do"'
check "the service is up and has said so itself" soon systemctl --quiet is-active allsky-backups.service
check "it runs as the camera's owner" is "$(ps -o user= -p "$(systemctl show -P MainPID allsky-backups)" | tr -d ' ')" pi
check "its socket is for the web server alone" is "$(stat -c '%a %U %G' /run/allsky-backups/http.sock)" "660 pi www-data"
check "it listens at no port of the network" is "$(ports "$(systemctl show -P MainPID allsky-backups)")" ""
check "where the web server does" not is "$(ports "$(systemctl show -P MainPID lighttpd)")" ""
check "without login nothing is told" is "$(status GET /backups/api/status)" 401
check "the bridge is for this machine" is "$(status GET /backups-session.php 'X-Forwarded-For: 192.168.1.2')" 404
check "with the login of the panel the page is there" is "$(status GET /backups/ "$cookie")" 200
check "a backup is ordered through the web server" is "$(status POST /backups/create/config "$cookie" "X-CSRF-Token: $token" 'Accept: application/json' 'Content-Type: application/x-www-form-urlencoded')" 202
check "and made" soon bash -c 'ls /home/pi/allskybackups/allsky-config-backup-*.tar.gz'
check "it is for its owner alone" is "$(stat -c '%a' /home/pi/allskybackups/*.tar.gz)" 600
check "and so is its folder" is "$(stat -c '%a' /home/pi/allskybackups)" 700
# Mails are turned on from the page, and one command lets them out.
gate() { http GET /backups/settings "$cookie" | grep -c 'allsky-backups/mails.sh'; }
check "without mails there is nothing to open" is "$(gate)" 0
printf '[notify]\ntransport = "smtp"\nemail_sender = "a@b.example"\nemail_report = "a@b.example"\nsmtp_host = "mail.b.example"\nsmtp_security = "none"\n' >> /etc/allsky-backups/config.toml
says_shut() { is "$(gate)" 1; }
check "with mails the page says what lets them out" soon says_shut
check "the service may not leave the machine" is "$(systemctl show -P IPAddressDeny allsky-backups | tr ' ' '\n' | grep -c '/0')" 2
check "that command does its work" bash /usr/lib/allsky-backups/mails.sh
says_nothing() { is "$(status GET /backups/settings "$cookie") $(gate)" '200 0'; }
check "and the page has nothing more to say" soon says_nothing
check "the service may leave the machine" is "$(systemctl show -P IPAddressDeny allsky-backups)" ''
sed -i '/^\[notify\]/,$d' /etc/allsky-backups/config.toml
check "mails that are off again" soon says_shut
check "shut the way again" bash -c 'bash /usr/lib/allsky-backups/mails.sh && [ ! -e /etc/systemd/system/allsky-backups.service.d ]'
check "and the page is there" soon says_nothing
# The page saves settings where the service's sandbox lets it.
digest=$(http GET /backups/api/settings "$cookie" | sed -n 's/.*"digest":"\([0-9a-f]*\)".*/\1/p')
text=$({ cat /etc/allsky-backups/config.toml; printf '\n[restore]\nundo_days = 9\n'; } | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g')
BODY="digest=$digest&text=$text"
check "settings are saved from the page" is "$(status POST /backups/settings/change "$cookie" "X-CSRF-Token: $token" 'Content-Type: application/x-www-form-urlencoded')" 303
BODY=''
check "with the file before them beside it" bash -c 'grep -q "undo_days = 9" /etc/allsky-backups/config.toml && ! grep -q undo_days /etc/allsky-backups/config.toml.bak'
check "they are for the camera's owner" is "$(stat -c '%a %U' /etc/allsky-backups)" "750 pi"
check "the owner may stop the camera" runuser -u pi -- systemctl --no-ask-password stop allsky.service
check "and start it" runuser -u pi -- systemctl --no-ask-password start allsky.service
check "but nothing else" not runuser -u pi -- systemctl --no-ask-password stop lighttpd.service
check "and not reload everything" not runuser -u pi -- systemctl --no-ask-password daemon-reload
check "nobody else may" not runuser -u www-data -- systemctl --no-ask-password stop allsky.service
# The camera takes its time to stop, and we die while it rests.
echo 4 > /tmp/rest
BODY='section=databases&pause=1'
check "the service rests the camera from within its sandbox" is "$(status POST /backups/create/config "$cookie" "X-CSRF-Token: $token" 'Accept: application/json' 'Content-Type: application/x-www-form-urlencoded')" 202
BODY=''
check "the camera rests" soon bash -c '! systemctl --quiet is-active allsky.service && [ -e /home/pi/allsky/.allsky-backups-pause.json ] || { systemctl is-active allsky; ls -A /home/pi/allsky; false; }'
before=$(systemctl show -P MainPID allsky-backups)
kill -9 "$before"
check "after kill -9 it is put right and runs again" soon bash -c "[ \$(systemctl show -P NRestarts allsky-backups) -ge 1 ] && systemctl --quiet is-active allsky-backups"
check "the camera was started again" soon bash -c 'systemctl --quiet is-active allsky.service && [ ! -e /home/pi/allsky/.allsky-backups-pause.json ]'
check "and the journal says so" bash -c 'journalctl -u allsky-backups | grep -q "was started again"'
rm /tmp/rest
mkdir /etc/systemd/system/allsky-backups.service.d
printf '[Service]\nWatchdogSec=4\n' > /etc/systemd/system/allsky-backups.service.d/quick.conf
systemctl daemon-reload && systemctl restart allsky-backups
check "it says that it lives, again and again" bash -c 'pid=$(systemctl show -P MainPID allsky-backups) && sleep 9 && [ "$pid" = "$(systemctl show -P MainPID allsky-backups)" ]'
stuck=$(systemctl show -P MainPID allsky-backups)
kill -STOP "$stuck"
check "when it hangs it is ended and started anew" soon bash -c "[ \$(systemctl show -P MainPID allsky-backups) != $stuck ] && systemctl --quiet is-active allsky-backups"
rm -r /etc/systemd/system/allsky-backups.service.d
systemctl daemon-reload && systemctl restart allsky-backups
check "recovery at boot ends well" bash -c 'systemctl start allsky-backups-recover.service && [ "$(systemctl show -P Result allsky-backups-recover)" = success ]'
check "the camera waits for it at boot" bash -c 'systemctl show -P Before allsky-backups-recover | grep -q allsky.service'
check "a stop is quick and clean" bash -c 's=$SECONDS; systemctl stop allsky-backups; [ $((SECONDS - s)) -lt 15 ] && [ "$(systemctl show -P Result allsky-backups)" = success ]'
check "the terminal has it by its name" is "$(command -v allsky-backups)" /usr/local/bin/allsky-backups
check "the uninstaller does its work" bash /usr/lib/allsky-backups/uninstall.sh --purge
tree > /tmp/after
check "the machine is as it was" diff /tmp/before /tmp/after
check "the page of the panel too" is "$(http GET / | tail -n 1)" "a page"
check "the backups are there" bash -c 'ls /home/pi/allskybackups/*.tar.gz'

if [ -e /story/package.deb ]; then
	answers() { is "$(status GET /backups/ "$cookie")" 200; }
	# from REPOSITORY: apt that knows this repository and no other.
	from() {
		local repository=$1
		shift
		echo "deb [signed-by=/story/first/allsky-backups.asc] file:/story/$repository ./" > /tmp/ours.list
		apt-get -q -y -o Dir::Etc::SourceList=/tmp/ours.list -o Dir::Etc::SourceParts=- -o APT::Sandbox::User=root "$@"
	}
	fetched() { from "$1" update --error-on=any && from "$@"; }
	check "a repository that was changed after its signature is refused" not from forged update --error-on=any
	check "apt installs it from a signed repository, and it sets itself up" fetched first install allsky-backups
	check "its page is there" soon answers
	check "its program has the usual place" is "$(command -v allsky-backups)" /usr/bin/allsky-backups
	echo '# mine' >> /etc/allsky-backups/config.toml
	before=$(systemctl show -P MainPID allsky-backups)
	upgraded() { fetched second upgrade && grep -q "# mine" /etc/allsky-backups/config.toml && is "$(dpkg-query -f '${Version}' -W allsky-backups)" 99.0-1; }
	check "an upgrade by apt leaves settings and page in place" upgraded
	check "and starts the new program" not is "$(systemctl show -P MainPID allsky-backups)" "$before"
	check "its page is there again" soon answers
	check "removing it takes it out of the panel" bash -c 'apt-get -q -y remove allsky-backups && [ ! -e /etc/lighttpd/conf-enabled/60-allsky-backups.conf ] && ! systemctl --quiet is-active allsky-backups && [ -e /etc/allsky-backups/config.toml ]'
	check "purging it takes the settings too" apt-get -q -y purge allsky-backups
	rm -rf /tmp/ours.list /var/lib/apt/lists/* /var/cache/apt/*.bin
	tree > /tmp/after
	check "the machine is as it was before the package" diff /tmp/before /tmp/after
	check "the backups are still there" bash -c 'ls /home/pi/allskybackups/*.tar.gz'
fi
. /story/cards.sh
. /story/indi.sh
echo "all of it was tried"
echo "test result: $passed passed; $failed failed"
