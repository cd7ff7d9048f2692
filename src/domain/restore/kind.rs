//! What a setting belongs to: the camera, this computer, a secret, or the owner and the sky.
//!
//! Our table decides first, both ways. For keys that it does not know, the panel's hint counts: what
//! the capture program uses and the panel does not carry over to another camera is the camera's.
use serde::Serialize;
use serde_json::Value;

use super::options::Options;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Site, owner, upload, website, overlays: goes with the owner to any camera.
    General,
    /// Exposure, gain, white balance, sensor, focus, sizes: goes with the camera.
    Camera,
    /// Paths, network, wiring: goes with this computer.
    Device,
    /// A password or key; its value is never shown.
    Secret,
}

/// Camera settings that exist once for the day and once for the night (`daygain`, `nightgain`,
/// `imagestretchamountdaytime`).
const CAMERA_TWICE: [&str; 18] = [
    "autoexposure",
    "maxautoexposure",
    "exposure",
    "mean",
    "meanthreshold",
    "autogain",
    "maxautogain",
    "gain",
    "imagestretchamount",
    "imagestretchmidpoint",
    "bin",
    "awb",
    "wbr",
    "wbb",
    "skipframes",
    "enablecooler",
    "targettemp",
    "tuningfile",
];

/// Camera settings that exist once.
const CAMERA_ONCE: [&str; 43] = [
    // The camera itself.
    "camera",
    "cameratype",
    "cameramodel",
    "cameranumber",
    "lens",
    "usb",
    "autousb",
    // Values that depend on its sensor and driver.
    "config",
    "extraargs",
    "saturation",
    "contrast",
    "sharpness",
    "aggression",
    "gaintransitiontime",
    "type",
    "rotation",
    "flip",
    "zwoexposuretype",
    "bitdepth",
    // Focus and dark frames.
    "determinefocus",
    "focusmode",
    "histogrambox",
    "takedarkframes",
    "usedarkframes",
    "imageremovebadhighdarkframe",
    "imageremovebadlow",
    "imageremovebadhigh",
    "imageremovebadcount",
    // Sizes in its pixels.
    "imageresizewidth",
    "imageresizeheight",
    "imageresizeuploadswidth",
    "imageresizeuploadsheight",
    "imagecroptop",
    "imagecropright",
    "imagecropbottom",
    "imagecropleft",
    "timelapsewidth",
    "timelapseheight",
    "minitimelapsewidth",
    "minitimelapseheight",
    // Overlays are drawn for one picture size.
    "daytimeoverlay",
    "nighttimeoverlay",
    "startrailsbrightnessthreshold",
];

/// Used by the capture program, and yet the owner's: text and fonts on the picture.
const GENERAL: [&str; 12] = [
    "text",
    "extratext",
    "extratextage",
    "textlineheight",
    "textx",
    "texty",
    "fontcolor",
    "smallfontcolor",
    "fonttype",
    "fontsize",
    "fontline",
    "imagestretch",
];

/// This computer, its network and its wiring.
const DEVICE: [&str; 8] = [
    "computer",
    "databasehost",
    "databaseport",
    "enableallskysensorserver",
    "hostname",
    "ipaddress",
    "ssid",
    "allsky_owner",
];

/// Parts of a key that tell of wiring.
const WIRING: [&str; 4] = ["gpio", "i2c", "onewire", "serialport"];

/// Parts of a key that tell of a secret.
const SECRETS: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "token", "apikey", "api_key", "lftp_commands"];

impl Kind {
    /// The kind of `key` (dotted when nested) with `value`, by our table and then the panel's.
    pub fn of(key: &str, value: &Value, options: &Options) -> Kind {
        let lower = key.to_ascii_lowercase();
        let first = lower.split('.').next().unwrap_or(&lower);
        if is_secret(&lower) || options.is_password(key) {
            Kind::Secret
        } else if is_of_camera(first) {
            Kind::Camera
        } else if GENERAL.contains(&first) {
            if is_local_path(value) { Kind::Device } else { Kind::General }
        } else if DEVICE.contains(&first) || WIRING.iter().any(|w| lower.contains(w)) || is_local_path(value) {
            Kind::Device
        } else if options.is_of_camera(key) {
            Kind::Camera
        } else {
            Kind::General
        }
    }
}

/// True when a key of this name holds a secret, wherever it stands.
pub fn is_secret(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    SECRETS.iter().any(|word| lower.contains(word))
}

/// The camera's own names, which no merge may change: the capture program starts by them.
pub fn is_identity(key: &str) -> bool {
    matches!(key, "camera" | "cameratype" | "cameramodel" | "cameranumber")
}

fn is_of_camera(key: &str) -> bool {
    let middle = |k: &str| CAMERA_TWICE.contains(&k);
    CAMERA_ONCE.contains(&key)
        || key.strip_prefix("day").is_some_and(middle)
        || key.strip_prefix("night").is_some_and(middle)
        || key.strip_suffix("daytime").is_some_and(middle)
        || key.strip_suffix("nighttime").is_some_and(middle)
}

fn is_local_path(value: &Value) -> bool {
    const LOCAL: [&str; 8] = ["/home/", "/root/", "/media/", "/mnt/", "/dev/", "/opt/", "/etc/", "/usr/"];
    value.as_str().is_some_and(|text| LOCAL.iter().any(|start| text.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_setting_goes_with_what_it_belongs_to() {
        let options = Options::parse(
            br#"[{"name":"newknob","label":"Knob","type":"float","usage":"capture"},
                {"name":"oddkey","label":"Odd","type":"password"}]"#,
        );
        for (key, value, kind) in [
            ("latitude", json!("51.48N"), Kind::General),
            ("owner", json!("Ann"), Kind::General),
            ("remotewebsiteurl", json!("https://example.org"), Kind::General),
            ("remotewebsiteimagedir", json!("/allsky"), Kind::General),
            ("text", json!("Hello"), Kind::General),
            ("daygain", json!(1.5), Kind::Camera),
            ("nightmaxautoexposure", json!(60000), Kind::Camera),
            ("imagestretchamountnighttime", json!(0), Kind::Camera),
            ("cameramodel", json!("HQ"), Kind::Camera),
            ("newknob", json!(3), Kind::Camera),
            ("extratext", json!("/home/pi/extra.txt"), Kind::Device),
            ("computer", json!("RPi 5"), Kind::Device),
            ("dew.gpio_pin", json!(18), Kind::Device),
            ("REMOTESERVER_SSH_KEY_FILE", json!("/home/pi/.ssh/id"), Kind::Device),
            ("REMOTESERVER_PASSWORD", json!("x"), Kind::Secret),
            ("modules.weather.apiKey", json!("x"), Kind::Secret),
            ("oddkey", json!("x"), Kind::Secret),
        ] {
            assert_eq!(Kind::of(key, &value, &options), kind, "{key}");
        }
    }
}
