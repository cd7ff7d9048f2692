//! What several stories need.
pub mod desk;
pub mod hostile;
pub mod http;
pub mod indi_site;
pub mod injector;
pub mod looks;
pub mod mail_server;
pub mod night_page;
pub mod night_sites;
pub mod panel_site;
pub mod rig;
pub mod routes;
pub mod small_disk;
pub mod swap_world;
pub mod tarball;
pub mod tree;
pub mod watcher;
