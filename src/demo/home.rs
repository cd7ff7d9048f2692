//! The camera's home around the pictures: settings, overlays, modules, website and secrets, with the
//! owners' own habits (several cameras, an odd file name) and the installer's mistakes.
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use super::database::{self, Row};
use super::night::NightPlan;
use super::noise::Noise;
use super::sky::{Canvas, Sky};
use super::{Plan, make_dir, picture};

const CORE_MODULES: [&str; 7] = [
    "allsky_loadimage",
    "allsky_saveimage",
    "allsky_overlay",
    "allsky_starcount",
    "allsky_pistatus",
    "allsky_maskimage",
    "allsky_meteor",
];
const USER_MODULES: [&str; 3] = ["allsky_dewheater", "allsky_fans", "allsky_boilerplate"];

/// Writes everything but the pictures.
pub fn write(home: &Path, plan: &Plan, nights: &[NightPlan]) -> io::Result<()> {
    let writer = HomeWriter { home };
    top(&writer, home)?;
    cameras(&writer)?;
    lists(&writer)?;
    overlays(&writer, plan)?;
    modules(&writer)?;
    my_files(&writer, plan, nights)?;
    website(&writer)?;
    for folder in ["config", "html/allsky"] {
        writer.open_modes(&home.join(folder))?;
    }
    if let Some(group) = web_group() {
        ["config", "html", "env.json"].iter().for_each(|name| give(&home.join(name), group));
    }
    Ok(())
}

/// Number of the web server's group on this machine.
fn web_group() -> Option<u32> {
    let groups = fs::read_to_string("/etc/group").ok()?;
    groups.lines().find_map(|line| line.strip_prefix("www-data:")?.split(':').nth(1)?.parse().ok())
}

/// Gives a file, or a folder with all that is in it, to `group`, as far as this user may.
fn give(path: &Path, group: u32) {
    let _ = std::os::unix::fs::lchown(path, None, Some(group));
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        give(&entry.path(), group);
    }
}

/// Puts files below the home with the camera's modes.
struct HomeWriter<'a> {
    home: &'a Path,
}

impl HomeWriter<'_> {
    fn bytes(&self, name: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
        let path = self.home.join(name);
        if let Some(folder) = path.parent() {
            make_dir(folder)?;
        }
        fs::write(&path, bytes)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
    }

    fn text(&self, name: &str, text: &str) -> io::Result<()> {
        self.bytes(name, text.as_bytes(), 0o664)
    }

    fn json(&self, name: &str, value: &Value) -> io::Result<()> {
        let mut text = Vec::new();
        let indent = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut out = serde_json::Serializer::with_formatter(&mut text, indent);
        serde::Serialize::serialize(value, &mut out)?;
        text.push(b'\n');
        self.bytes(name, &text, 0o664)
    }

    /// Folders 0775 and files 0664, as the installer leaves `config` and the website.
    fn open_modes(&self, folder: &Path) -> io::Result<()> {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o775))?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                self.open_modes(&entry.path())?;
            }
        }
        Ok(())
    }
}

fn top(writer: &HomeWriter, home: &Path) -> io::Result<()> {
    writer.bytes("version", b"v2025.xx.xx\n", 0o644)?;
    writer.json(
        "env.json",
        &json!({
            "WARNING": "Written by the demo: every name and password here is made up.",
            "REMOTEWEBSITE_HOST": "ftp.example.org", "REMOTEWEBSITE_PORT": "21", "REMOTEWEBSITE_USER": "allsky",
            "REMOTEWEBSITE_PASSWORD": "demo-website-password",
            "REMOTESERVER_HOST": "nas.example.org", "REMOTESERVER_USER": "camera",
            "REMOTESERVER_PASSWORD": "demo-server-password", "REMOTESERVER_SSH_KEY_FILE": "",
            "REMOTESERVER_S3_BUCKET": "allskybucket",
            "WEBUI_USERNAME": "admin",
            "WEBUI_PASSWORD": "$2y$10$Qn5sJ0demoDEMOdemoDEMOu1yWm5v0S0bQ8rX2nH9cKfL3pTzGdemo"
        }),
    )?;
    let at = |below: &str| home.join(below).display().to_string();
    let owner = owner_name(home)?;
    let variables = json!({
        "ALLSKY_HOME": home.display().to_string(),
        "ALLSKY_CONFIG": at("config"),
        "ALLSKY_IMAGES": at("images"),
        "ALLSKY_MYFILES_DIR": at("config/myFiles"),
        "ALLSKY_DATABASE": at("config/myFiles/allsky.db"),
        "ALLSKY_OWNER": owner,
        "ALLSKY_GROUP": owner,
        "WEBSERVER_OWNER": "www-data",
        "WEBSERVER_GROUP": "www-data",
        "ALLSKY_VERSION": "v2025.xx.xx",
        "EXIT_OK": "0", "EXIT_RESTARTING": "98", "EXIT_ERROR_STOP": "100"
    });
    writer.json("variables.json", &variables)?;
    writer.text("config/uservariables.sh", "# My own settings\nexport IMG_UPLOAD_FREQUENCY=5\n")?;
    for module in CORE_MODULES {
        writer.bytes(&format!("scripts/modules/{module}.py"), program(module).as_bytes(), 0o755)?;
    }
    writer.bytes("scripts/modules/__pycache__/allsky_shared.cpython-311.pyc", &Noise::new(3, 3).bytes(4000), 0o644)
}

/// Name of the user who owns `home`, or the number when it has none.
fn owner_name(home: &Path) -> io::Result<String> {
    let uid = std::os::unix::fs::MetadataExt::uid(&fs::metadata(home)?);
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then(|| name.to_owned())
    });
    Ok(named.unwrap_or_else(|| uid.to_string()))
}

fn settings(kind: &str, model: &str) -> Value {
    let mut all = json!({
        "takedaytimeimages": true, "savedaytimeimages": false, "dayautoexposure": true, "daymaxautoexposure": 60000,
        "dayexposure": 500, "daymean": 0.5, "daydelay": 30000, "takenighttimeimages": true,
        "savenighttimeimages": true, "nightautoexposure": true, "nightmaxautoexposure": 60000,
        "nightexposure": 30000, "nightgain": 8, "nightdelay": 1000, "daystokeep": 14, "quality": 95,
        "filename": "image.jpg", "rotation": 0, "flip": 0, "timeformat": "%Y%m%d %H:%M:%S",
        "temptype": "C", "latitude": "50.03N", "longitude": "8.57E", "angle": -6,
        "location": "Demo Observatory", "owner": "Demo owner", "usedatabase": true, "enabledatabase": true,
        "databasetype": "sqlite", "imagecreatethumbnails": true, "imagethumbnailsizex": 100,
        "imagethumbnailsizey": 75, "timelapsegenerate": true, "keogramgenerate": true, "startrailsgenerate": true,
        "uselogin": true, "uselocalwebsite": true, "useremotewebsite": true, "remotewebsiteurl": "https://example.org/allsky"
    });
    // A real settings file has some hundred keys; this makes the text as long.
    for n in 0..120 {
        all[format!("imageprocessing{n:03}")] = json!((n * 37) % 101);
    }
    all["cameratype"] = json!(kind);
    all["cameramodel"] = json!(model);
    all["cameranumber"] = json!(0);
    all["XX_END_XX"] = json!(true);
    all
}

fn capabilities(kind: &str, model: &str, width: u32, height: u32) -> Value {
    let controls: Vec<Value> = ["Gain", "Exposure", "WB_R", "WB_B", "Temperature", "Flip", "Bin", "Saturation", "Contrast"]
        .iter()
        .map(|name| json!({"Name": name, "argumentName": name.to_lowercase(), "MinValue": 0, "MaxValue": 600, "DefaultValue": 1}))
        .collect();
    json!({"cameraType": kind, "cameraModel": model, "cameraName": "imx477", "sensorWidth": width,
        "sensorHeight": height, "pixelSize": 1.55, "supportedBins": [1, 2], "hasSensorTemperature": true,
        "colorCamera": true, "bayerPattern": "RGGB", "bitDepth": 12, "acquisitionCommand": "rpicam",
        "controls": controls})
}

fn cameras(writer: &HomeWriter) -> io::Result<()> {
    for (kind, model, width, height) in [("RPi", "HQ", 4056, 3040), ("ZWO", "ASI294MC", 4144, 2822)] {
        writer.json(&format!("config/settings_{kind}_{model}.json"), &settings(kind, model))?;
        writer.json(&format!("config/cc_{kind}_{model}.json"), &capabilities(kind, model, width, height))?;
    }
    let config = writer.home.join("config");
    fs::hard_link(config.join("settings_RPi_HQ.json"), config.join("settings.json"))?;
    fs::hard_link(config.join("cc_RPi_HQ.json"), config.join("cc.json"))
}

fn lists(writer: &HomeWriter) -> io::Result<()> {
    let beside = writer.home.parent().unwrap_or(writer.home).join("allskybackups").display().to_string();
    let template_folder_as_shipped = "/config/overlay/mytemplates/*";
    writer.json(
        "config/backup.json",
        &json!({"backupDirectory": beside, "backupTargets": [
            "/config/settings.json", "/config/cc.json", template_folder_as_shipped, "/config/overlay/images/*",
            "/config/overlay/imagethumbnails/*", "/config/overlay/fonts/*", "/config/overlay/config/*",
            "/config/modules/*", "./env.json"
        ]}),
    )?;
    let named = [
        ("latitude", "", "Latitude", ""),
        ("longitude", "", "Longitude", ""),
        ("location", "", "Location", ""),
        ("owner", "", "Owner", ""),
        ("quality", "", "Image Quality", ""),
        ("nightgain", "Night", "Gain", "capture"),
        ("remotewebsiteurl", "", "Website URL", ""),
    ];
    let named = named.map(|(name, prefix, label, usage)| {
        json!({"name": name, "label_prefix": prefix, "label": label, "usage": usage, "type": "text"})
    });
    let numbered =
        (0..200).map(|n| json!({"name": format!("imageprocessing{n:03}"), "type": "integer", "default": n % 7}));
    let options: Vec<Value> = named.into_iter().chain(numbered).collect();
    writer.json("config/options.json", &json!(options))?;
    writer.json(
        "config/db_data.json",
        &json!({"allsky_startrails": {"definition": {"primary_key": "id"}, "purge_days": 365}}),
    )?;
    for name in ["onewire", "devicemanager", "suggested_modules", "allskyvariables"] {
        writer.json(&format!("config/{name}.json"), &json!({"demo": name}))?;
    }
    writer.text(
        "config/logs/backup-restore-20261101-120000.log",
        "Restore completed: allsky-config-backup-20261031-090000.tar.gz\n",
    )
}

fn overlays(writer: &HomeWriter, plan: &Plan) -> io::Result<()> {
    let fields: Vec<Value> = (0..60)
        .map(|n| json!({"label": format!("${{AS_FIELD_{n}}}"), "x": 12 + n * 3, "y": 30 + n * 11, "fontsize": 52, "fill": "#B4B4B4", "opacity": 1}))
        .collect();
    let overlay =
        json!({"fields": fields, "images": [], "settings": {"defaultfontsize": 52, "defaultfont": "moon_phases"}});
    for name in [
        "config/overlay/config/fields.json",
        "config/overlay/config/userfields.json",
        "config/overlay/config/oe-config.json",
        "config/overlay/config/overlay-RPi_HQ-4056x3040-both.json",
        "config/overlay/config/overlay-ZWO.json",
        "config/overlay/config/blocks/allsky_pistatus/pistatus.json",
        "config/overlay/myTemplates/overlay1.json",
        "config/overlay/myTemplates/overlay2.json",
    ] {
        writer.json(name, &overlay)?;
    }
    // Half noise, half tables of small numbers: about as dense as a real font.
    let mut noise = Noise::new(plan.seed, 99);
    let mut font = b"\x00\x01\x00\x00\x00\x0f\x00\x80\x00\x03\x00\x70".to_vec();
    for n in 0..300u32 {
        font.extend(noise.bytes(600));
        font.extend((0..120u32).flat_map(|k| ((n * 13 + k * 3) as u16).to_be_bytes()).chain([0; 200]));
    }
    writer.bytes("config/overlay/fonts/msttcorefonts_Arial.ttf", &font, 0o664)?;
    writer.bytes("config/overlay/fonts/moon_phases.ttf", &font[..12_148], 0o664)?;
    writer.bytes("config/overlay/fonts/Größe Ñ.ttf", &font[..48_000], 0o664)?;
    writer.bytes("config/overlay/system_fonts/system.ttf", &font[..30_000], 0o664)?;
    let badge = picture::jpeg(&badge(180), 80)?;
    let small = picture::jpeg(&badge_thumbnail(), 80)?;
    for name in ["compass-blue.jpg", "my compass.jpg"] {
        writer.bytes(&format!("config/overlay/images/{name}"), &badge, 0o664)?;
        writer.bytes(&format!("config/overlay/imagethumbnails/{name}"), &small, 0o664)?;
    }
    Ok(())
}

fn badge(side: u16) -> Canvas {
    Sky { seed: 5, clouds: 0.0, moon: 0.0 }.view(side, side, 0.5)
}

fn badge_thumbnail() -> Canvas {
    badge(60)
}

fn step(module: &str) -> Value {
    json!({"module": format!("{module}.py"), "metadata": {"name": module, "description": format!("Runs {module}"),
        "module": module, "events": ["day", "night"], "arguments": {}, "argumentdetails": {}},
        "enabled": true, "type": "system"})
}

fn modules(writer: &HomeWriter) -> io::Result<()> {
    let night = [
        "allsky_loadimage",
        "allsky_maskimage",
        "allsky_starcount",
        "allsky_meteor",
        "allsky_overlay",
        "allsky_dewheater",
        "allsky_saveimage",
    ];
    let day = ["allsky_loadimage", "allsky_overlay", "allsky_saveimage"];
    let periodic = ["allsky_pistatus", "allsky_fans"];
    for (event, steps) in
        [("night", &night[..]), ("day", &day), ("periodic", &periodic), ("daynight", &[]), ("nightday", &[])]
    {
        let flow: serde_json::Map<String, Value> =
            steps.iter().map(|module| (module.trim_start_matches("allsky_").to_owned(), step(module))).collect();
        writer.json(&format!("config/modules/postprocessing_{event}.json"), &Value::Object(flow))?;
    }
    writer.json(
        "config/modules/module-settings.json",
        &json!({"watchdog": true, "timeout": 30, "debugmode": false, "periodictimer": 60}),
    )?;
    for (module, chart) in [
        ("allsky_pistatus", "cpu_temp_chart"),
        ("allsky_pistatus", "memory_free_chart"),
        ("allsky_starcount", "star_count_chart"),
    ] {
        writer.json(
            &format!("config/modules/charts/{module}/{chart}.json"),
            &json!({"title": chart, "type": "line", "series": {"x": "time"}}),
        )?;
    }
    Ok(())
}

fn program(module: &str) -> String {
    let mut text = format!("\"\"\" {module}.py: a module of the demo camera \"\"\"\nimport allsky_shared as s\n\n");
    text.push_str(&format!("metaData = {{\n    \"name\": \"{module}\",\n    \"module\": \"{module}\",\n    \"events\": [\"day\", \"night\"],\n}}\n\n"));
    for n in 0..40 {
        text.push_str(&format!("def step_{n}(params, event):\n    s.log(4, f\"INFO: {module} step {n} {{event}}\")\n    return params.get(\"value_{n}\", {n})\n\n"));
    }
    text
}

fn my_files(writer: &HomeWriter, plan: &Plan, nights: &[NightPlan]) -> io::Result<()> {
    for module in USER_MODULES {
        writer.text(&format!("config/myFiles/modules/{module}.py"), &program(module))?;
        writer.json(
            &format!("config/myFiles/modules/moduledata/info/{module}/info.json"),
            &json!({"module": module, "version": "v1.0.1"}),
        )?;
    }
    writer.text("config/myFiles/modules/moduledata/logfiles/allsky_fans/install.log", "installed\n")?;
    writer.json("config/myFiles/modules/moduledata/data/allsky_dewheater/data.json", &json!({"limit": 10}))?;
    writer.bytes(
        "config/myFiles/modules/__pycache__/allsky_fans.cpython-311.pyc",
        &Noise::new(3, 4).bytes(3000),
        0o664,
    )?;
    writer.json(
        "config/myFiles/db_data.json",
        &json!({"allsky_dewheater": {"definition": {"primary_key": "id"}, "purge_days": 30}}),
    )?;
    writer.json("config/myFiles/secrets.json", &json!({"allsky_influxdb.token": "demo-token-not-a-real-one"}))?;
    writer.json("config/myFiles/monitorable_logs.json", &json!([{"name": "Allsky", "path": "/var/log/allsky.log"}]))?;
    let notice = picture::jpeg(&Canvas::new(320, 240), 80)?;
    for name in ["StartingUp.jpg", "Restarting.jpg", "CameraOffDuringDay.jpg"] {
        writer.bytes(&format!("config/myFiles/notificationImages/{name}"), &notice, 0o664)?;
    }
    let mut rows = Vec::new();
    for night in nights {
        let sky = Sky::of_night(plan.seed, night.index);
        let mut noise = Noise::new(plan.seed, 500 + u64::from(night.index));
        for frame in 0..plan.frames {
            let at = night.time(plan, frame)?.to_zoned(jiff::tz::TimeZone::UTC).map_err(io::Error::other)?;
            let stars = (sky.stars() * (0.9 + 0.2 * noise.unit())).round();
            rows.push(Row {
                id: at.timestamp().as_second(),
                image: night.name(plan, frame)?,
                night: night.folder(),
                stars,
                moon: sky.moon,
            });
        }
    }
    let path = writer.home.join("config/myFiles/allsky.db");
    database::build(&path, &rows, plan.database_rows)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o664))
}

fn website(writer: &HomeWriter) -> io::Result<()> {
    let page = json!({"config": {"title": "Demo sky", "imageName": "/current/tmp/image.jpg", "latitude": 50.03, "longitude": 8.57, "az": 0}});
    writer.json("config/remote_configuration.json", &page)?;
    writer.json("html/allsky/configuration.json", &page)?;
    writer.text("html/allsky/myFiles/about.html", "<p>My camera stands on the roof.</p>\n")?;
    writer.bytes("html/index.php", b"<?php // the panel itself, part of no backup\n", 0o644)?;
    writer.bytes(
        "darks/30.0-8-dark.jpg",
        &picture::jpeg(&Canvas::new(320, 240).grainy(20, &mut Noise::new(9, 9)), 80)?,
        0o644,
    )
}
