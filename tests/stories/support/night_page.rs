//! The page of a night site in a browser's place: served, asked, and gone when the story is over.
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use super::http::{self, Heard, To};
use super::night_sites::{Camera, NightSites};

/// A `serve` that ends when it is dropped.
pub struct NightPage {
    child: Child,
    to: To,
}

impl NightPage {
    /// `args` besides `serve` and where it listens.
    pub fn open(sites: &NightSites, camera: Camera, args: &[&str]) -> Self {
        let args = [&["serve", "--bind", "127.0.0.1:0"], args].concat();
        let mut child = sites.command(camera, args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        NightPage { child, to: To::Port(line.trim().rsplit(':').next().unwrap().parse().unwrap()) }
    }

    pub fn get(&self, address: &str) -> Heard {
        http::ask(&self.to, "GET", address, &[], "")
    }

    /// A form as a script of the page sends it, with the token of the page at `shown`.
    pub fn post(&self, address: &str, shown: &str, fields: &str) -> Heard {
        let shown = self.get(shown).body;
        let token = shown.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
        http::ask(&self.to, "POST", address, &headers, &format!("csrf={token}&{fields}"))
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn end(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for NightPage {
    fn drop(&mut self) {
        self.stop();
    }
}
