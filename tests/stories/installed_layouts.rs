//! What real machines have: pictures elsewhere, PHP that the web server starts itself, other sites of nginx, and
//! layouts that are refused in words.
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::support::machine::Machine;

const UNIT: &str = "etc/systemd/system/allsky-backups.service";

fn writable(machine: &Machine) -> String {
    let unit = machine.read(UNIT);
    unit.lines().find(|line| line.starts_with("ReadWritePaths=")).unwrap().to_owned()
}

#[test]
fn the_service_may_write_where_the_cameras_files_say_that_its_pictures_are() {
    let machine = Machine::new();
    let home = machine.camera("pi");
    let at = home.display().to_string();
    let install = || assert_eq!(machine.run("install.sh", &["--home", &at]).code, Some(0));
    install();
    assert!(writable(&machine).trim_end().ends_with("-/mnt -/media -/opt/allsky"), "{}", writable(&machine));

    machine.put("home/pi/allsky/variables.json", "{\n    \"ALLSKY_IMAGES\": \"/srv/disk/images\"\n}");
    install();
    assert!(writable(&machine).contains(" -/srv/disk/images"), "{}", writable(&machine));

    machine.put("home/pi/allsky/variables.json", "{}");
    machine.put("home/pi/allsky/config/uservariables.sh", "# mine\nexport ALLSKY_IMAGES=\"${HOME}/pictures\"\n");
    install();
    let beside = format!(" -{}/pictures", home.parent().unwrap().display());
    assert!(writable(&machine).contains(&beside), "{}", writable(&machine));

    fs::create_dir(machine.path("disk")).unwrap();
    symlink(machine.path("disk"), home.join("images")).unwrap();
    machine.put("home/pi/allsky/config/uservariables.sh", "");
    install();
    assert!(writable(&machine).contains(&format!(" -{}", machine.path("disk").display())), "{}", writable(&machine));

    // Words that a unit could not carry, and the whole machine, give nothing.
    for odd in ["/", "/a b", "$(reboot)/x", "/x\\nExecStart=/y", "images"] {
        machine.put("home/pi/allsky/variables.json", &format!("{{\"ALLSKY_IMAGES\": \"{odd}\"}}"));
        fs::remove_file(home.join("images")).ok();
        install();
        assert!(writable(&machine).trim_end().ends_with("-/mnt -/media -/opt/allsky"), "{odd}: {}", writable(&machine));
    }
}

#[test]
fn php_that_the_web_server_starts_itself_gets_its_line_from_a_file() {
    let machine = Machine::new();
    let home = machine.camera("pi").display().to_string();
    machine.put("etc/php/8.2/cgi/conf.d/20-other.ini", "");
    let ini = machine.path("etc/php/8.2/cgi/conf.d/99-allsky-backups.ini");
    let before = machine.tree();
    assert_eq!(machine.run("install.sh", &["--home", &home]).code, Some(0));
    assert!(!ini.exists(), "php-fpm takes it with the request");
    machine.put("etc/lighttpd/conf-enabled/15-fastcgi-php.conf", "");
    assert_eq!(machine.run("install.sh", &["--home", &home]).code, Some(0));
    let text = fs::read_to_string(&ini).unwrap();
    assert!(text.contains(&format!("[PATH={home}/html]")) && !text.contains('@'), "{text}");
    assert_eq!(machine.run("uninstall.sh", &["--purge"]).code, Some(0));
    fs::remove_file(machine.path("etc/lighttpd/conf-enabled/15-fastcgi-php.conf")).unwrap();
    let top = home.split('/').nth(1).unwrap();
    let mut after = machine.tree();
    after.retain(|name, _| name != top && !name.starts_with(&format!("{top}/")));
    assert_eq!(after, before);
}

/// The line is for the panel's pages alone: other PHP of the machine stays as it is.
#[test]
fn that_file_adds_to_pages_of_the_panel_and_to_nothing_else() {
    let machine = Machine::new();
    let home = machine.camera("pi");
    machine.put("etc/lighttpd/conf-enabled/15-fastcgi-php.conf", "");
    machine.put("etc/php/8.2/cgi/conf.d/20-other.ini", "");
    let said = machine.run("install.sh", &["--home", &home.display().to_string()]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let ini = machine.read("etc/php/8.2/cgi/conf.d/99-allsky-backups.ini");
    let lib = machine.path("usr/lib/allsky-backups").display().to_string();
    machine.put("scan/99.ini", &ini.replace("/usr/lib/allsky-backups", &lib));
    machine.put("home/pi/allsky/html/index.php", "<?php session_start(); $_SESSION['auth'] = true; echo 'page';");
    machine.put("elsewhere/index.php", "<?php echo 'page';");
    let asked = |folder: &str| {
        let mut php = Command::new("php-cgi");
        php.arg("-q").env("PHP_INI_SCAN_DIR", format!(":{}", machine.path("scan").display()));
        php.env("REDIRECT_STATUS", "200").env("REQUEST_METHOD", "GET").env("QUERY_STRING", "page=system");
        php.env("SCRIPT_NAME", "/index.php").env("SCRIPT_FILENAME", machine.path(folder).join("index.php"));
        php.env("ALLSKY_HOME", &home).output().ok().map(|said| String::from_utf8_lossy(&said.stdout).into_owned())
    };
    let Some(page) = asked("home/pi/allsky/html") else {
        eprintln!("skipped: needs php-cgi (apt-get install php-cgi)");
        return;
    };
    assert!(page.contains("page\n<script src=\"/backups-entry.js"), "{page}");
    assert!(!asked("elsewhere").unwrap().contains("backups-entry"), "{page}");
}

fn indi() -> (Machine, String) {
    let machine = Machine::new();
    machine.put("home/pi/indi-allsky/indi_allsky/version.py", "");
    machine.put("etc/indi-allsky/flask.json", "{}");
    let home = machine.path("home/pi/indi-allsky").display().to_string();
    (machine, home)
}

#[test]
fn both_sites_of_nginx_get_the_line_and_lose_it_again() {
    let (machine, home) = indi();
    let sites = ["etc/nginx/sites-available/indi-allsky.conf", "etc/nginx/sites-available/indi-allsky_ssl"];
    for chosen in [&sites[..1], &sites[1..], &sites[..]] {
        for site in sites {
            fs::remove_file(machine.path(site)).ok();
        }
        for site in chosen {
            machine.put(site, "server {\n    listen 443 ssl;\n    location /indi-allsky {\n    }\n}\n");
        }
        assert_eq!(machine.run("install.sh", &["--home", &home]).code, Some(0));
        for site in chosen {
            assert_eq!(machine.read(site).matches("include /etc/nginx/allsky-backups.conf").count(), 1, "{site}");
        }
        assert_eq!(machine.run("uninstall.sh", &["--purge"]).code, Some(0));
        for site in chosen {
            assert!(!machine.read(site).contains("include"), "{site}");
        }
    }
}

#[test]
fn what_cannot_be_mounted_is_said_with_what_the_owner_can_do() {
    let (machine, home) = indi();
    machine.put("etc/caddy/indi-allsky_https.inc", "handle /indi-allsky* {\n}\n");
    let said = machine.run("install.sh", &["--home", &home]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.text().contains("handle /backups*") && said.text().contains("not mounted"), "{said:?}");

    let (machine, home) = indi();
    machine.put("etc/httpd/conf/conf.d/indi-allsky.conf", "");
    let before = machine.tree();
    let said = machine.run("install.sh", &["--home", &home]);
    assert!(said.code == Some(1) && said.err.contains("/etc/httpd"), "{said:?}");
    assert_eq!(machine.tree(), before);
}
