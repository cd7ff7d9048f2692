//! Everything but pictures and records: the program's folder, its settings and keys, its migrations.
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use super::super::make_dir;
use super::super::noise::Noise;
use super::Layout;

/// No such units are ever installed, so the pause of a demo is a pause of nothing.
const UNITS: [(&str, &str); 3] = [
    ("ALLSKY_SERVICE_NAME", "allsky-backups-demo.service"),
    ("GUNICORN_SERVICE_NAME", "allsky-backups-demo-web.service"),
    ("GUNICORN_SOCKET_NAME", "allsky-backups-demo-web.socket"),
];

pub fn write(layout: &Layout, seed: u64) -> io::Result<()> {
    put(
        &layout.home.join("indi_allsky/version.py"),
        "__version__ = \"indi_v2026.08.1\"\n__config_level__ = \"20260724.0\"\n",
        0o644,
    )?;
    put(&layout.home.join("README.md"), "# indi-allsky\n", 0o644)?;
    let etc = layout.flask.parent().unwrap_or(&layout.home);
    let (secret, key) = (words(seed, 1), words(seed, 2));
    let mut flask = json!({
        "SQLALCHEMY_DATABASE_URI": format!("sqlite:///{}", layout.database.display()),
        "MIGRATION_FOLDER": layout.state.join("migrations"),
        "SESSION_COOKIE_SECURE": true,
        "SECRET_KEY": secret,
        "PASSWORD_KEY": format!("{key}="),
        "SESSION_PROTECTION": "strong",
        "INDI_ALLSKY_IMAGE_FOLDER": layout.images,
        "LOGIN_DISABLED": false,
        "ADMIN_NETWORKS": ["192.168.0.0/16", "127.0.0.1/32"],
    });
    for (setting, unit) in UNITS {
        flask[setting] = Value::from(unit);
    }
    put(&layout.flask, &format!("{flask:#}\n"), 0o660)?;
    put(&etc.join("flask.json_old"), &format!("{flask:#}\n"), 0o640)?;
    put(&etc.join("indi-allsky.env"), "INDIALLSKY_DEMO=1\n", 0o600)?;
    put(&etc.join("gunicorn.conf.py"), "workers = 1\nthreads = 8\n", 0o644)?;
    put(&etc.join("password_key_backup.json"), &format!("{{\"PASSWORD_KEY_BACKUP\": \"{key}=\"}}\n"), 0o400)?;
    let migrations = layout.state.join("migrations");
    put(&migrations.join("alembic.ini"), "[alembic]\n", 0o644)?;
    put(&migrations.join("env.py"), "# made by the migration tool\n", 0o644)?;
    put(&migrations.join("versions/0a1b2c3d4e5f_.py"), "revision = '0a1b2c3d4e5f'\ndown_revision = None\n", 0o644)
}

/// 43 letters and digits, such as a key has.
fn words(seed: u64, nth: u64) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefgh";
    Noise::new(seed, nth).bytes(43).iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

fn put(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        make_dir(folder)?;
    }
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}
