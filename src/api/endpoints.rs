//! Every address of the web interface. Tokens open these and no others, and `openapi.json` is made of them; a story
//! compares them with the routes.
use super::endpoint::{Endpoint, change, get, start};
use crate::domain::api_token::Right::{self, Admin, Run};

/// Behind the path of the page: what is not below `api`.
const BESIDE: [&str; 1] = ["/metrics"];

const PAGE: &[&str] = &["limit", "cursor"];
const ROWS: &[&str] = &["select", "order", "limit", "offset"];

pub const ALL: &[Endpoint] = &[
    get("/status", "Status", "The camera, its backups, running work, and each host with its last work"),
    get("/events", "text/event-stream", "Everything that happens, as it happens; see the shape Event"),
    get("/openapi.json", "Object", "This description"),
    get("/metrics", "text/plain", "Figures for Prometheus"),
    // Plans and hosts.
    start("/trigger", "Run plans, or take snapshots of hosts").body("Trigger").answers(202, "JobsStarted"),
    start("/trigger/dry-run", "Ask hosts whether they answer; nothing is written")
        .body("Trigger")
        .answers(202, "Tried"),
    start("/cancel/{host}", "Cancel the work on a host").answers(202, "HostCancelled"),
    get("/schedule", "Schedule", "Plans with their turns").query(PAGE),
    change("PUT", "/schedule/{plan}", "Done", "Pause a plan, or let it go on").right(Run).body("Turns"),
    get("/plans", "Plans", "Everything that runs by itself").query(PAGE),
    get("/plans/{name}", "Plan", "A plan"),
    start("/plans/{name}/run", "Run a plan; of a dry run 200 with what its rules would delete").body("RunForm"),
    get("/retention/preview", "DryRun", "What the rules of a plan would delete").query(&["plan"]),
    start("/retention/run", "Delete what the rules of a plan no longer keep").body("RetentionForm"),
    get("/hosts", "Hosts", "Every host with the way to it").query(PAGE),
    get("/hosts/{host}", "HostCard", "A host with its last work, its snapshots in numbers, and its alerts"),
    // Snapshots.
    get("/snapshots", "Parts", "Every host with its snapshots, archives and golden months").query(PAGE),
    get("/snapshots/{host}", "Snapshots", "The snapshots of a host, newest first").query(PAGE),
    start("/snapshots/{host}/take", "Take a snapshot of a host"),
    get("/snapshots/{host}/{snapshot}", "Snapshot", "A snapshot"),
    change("PATCH", "/snapshots/{host}/{snapshot}", "Marked", "Pin or trust a snapshot, or answer its alarm")
        .body("SnapshotChange"),
    start("/snapshots/{host}/{snapshot}", "Delete a snapshot; 409 for one that retention never deletes")
        .right(Admin)
        .method("DELETE"),
    get("/snapshots/{host}/{snapshot}/browse", "FolderEntries", "What lies in a folder of a snapshot")
        .query(&["path", "limit", "cursor"]),
    get("/snapshots/{host}/{snapshot}/file", "application/octet-stream", "A file of a snapshot, also in parts")
        .query(&["path"])
        .right(Admin),
    start("/snapshots/{host}/{snapshot}/verify", "Read a snapshot again"),
    start("/snapshots/{host}/{snapshot}/restore", "Give files of a snapshot back").right(Admin).body("RestoreFiles"),
    // Jobs and runs.
    get("/jobs", "Jobs", "What was done and how it ended, newest first")
        .query(&["status", "type", "plan", "host", "since", "limit", "cursor"]),
    get("/jobs/{id}", "JobDetails", "A job with its steps"),
    get("/jobs/{id}/log", "text/plain", "What happened in a job, a line for each").query(&["tail"]),
    start("/jobs/{id}/cancel", "Cancel a job").answers(202, "JobCancelled"),
    get("/runs", "Runs", "Turns of plans, newest first").query(&["plan", "limit", "cursor"]),
    get("/runs/{id}", "RunDetails", "A turn of a plan with its jobs"),
    start("/runs/{id}/cancel", "Cancel all jobs of a turn").answers(202, "RunCancelled"),
    get("/history/{table}", "HistoryRows", "Rows of the history, by filters: column=eq.value").query(ROWS),
    // Archives.
    get("/archives", "Archives", "All archives in the backups folder").query(PAGE),
    start("/archives", "Make an archive").body("Create"),
    get("/archives/{name}", "Archive", "What an archive says of itself"),
    change("PATCH", "/archives/{name}", "Done", "Pin an archive, or write a note on it").body("ArchiveChange"),
    start("/archives/{name}", "Delete an archive").right(Admin).method("DELETE"),
    get("/archives/{name}/folder", "Rows", "A folder of an archive").query(&["path", "offset", "limit"]),
    get("/archives/{name}/search", "Rows", "Files of an archive by name").query(&["q", "limit"]),
    get("/archives/{name}/download", "application/gzip", "The archive itself, also in parts").right(Admin),
    start("/archives/{name}/verify", "Read an archive again and compare its checksums"),
    start("/archives/{name}/inspect", "Read an archive once, to know what is in it"),
    start("/archives/{name}/delete", "Delete an archive").right(Admin),
    start("/archives/{name}/restore", "Restore an archive, or parts of it").right(Admin).body("Object"),
    start("/create", "Make an archive").body("Create"),
    start("/verify", "Read all archives again"),
    get("/sections", "Items", "What an archive of settings can hold on this camera"),
    get("/folders", "Items", "Folders of pictures that are on the camera now"),
    get("/estimate", "Estimate", "How large archives would be, as remembered"),
    get("/estimates", "Estimate", "How large archives would be, as remembered"),
    start("/estimate/refresh", "Find out anew how large archives would be").answers(202, "Measuring"),
    // Nights.
    get("/nights", "Nights", "The camera's nights, newest first").query(&["class", "state", "limit", "cursor"]),
    get("/nights/{night}", "Night", "A night"),
    change("PATCH", "/nights/{night}", "Night", "Pin a night, or give it a class").body("NightChange"),
    start("/nights/{night}/verify", "Read the copy of a night again"),
    start("/nights/{night}/backup", "Save a night, also one that was deleted from the drive").body("SaveForm"),
    start("/nights/{night}/restore", "Give a night back to the camera").right(Admin).body("RestoreNight"),
    get("/calibration", "Object", "Where the owner's nights lie, and what the limits keep of them"),
    // Uploads. Their bytes become archives, which may be restored later.
    change("POST", "/upload", "Object", "Bring an archive as a form").body("multipart/form-data"),
    get("/uploads", "Items", "Unfinished uploads").right(Admin),
    change("POST", "/uploads", "Object", "Begin an upload in pieces (tus 1.0)").answers(201, "Object"),
    change("OPTIONS", "/uploads", "text/plain", "What tus can do here").answers(204, "text/plain"),
    get("/uploads/{id}", "Object", "An unfinished upload").right(Admin),
    change("HEAD", "/uploads/{id}", "text/plain", "How much of an upload is here"),
    change("PATCH", "/uploads/{id}", "text/plain", "The next piece").answers(204, "text/plain"),
    change("DELETE", "/uploads/{id}", "text/plain", "Give an upload up").answers(204, "text/plain"),
    // Restores.
    get("/restores", "Restores", "Restores that can be undone, newest first"),
    change("POST", "/restore/preview", "Object", "What a restore would change").body("Object"),
    start("/restore", "Restore an archive, or parts of it").right(Admin).body("Object"),
    start("/undo", "Put back what a restore replaced").right(Admin).body("Undo"),
    // Destinations.
    get("/destinations", "Destinations", "Every place for backups with its state").query(PAGE),
    start("/destinations/{name}/check", "Try a drive: is it there, writable, the chosen one"),
    start("/destinations/{name}/init", "Give a drive its mark").right(Admin),
    get("/drives", "Object", "Drives that could be chosen, and why others could not"),
    // Alerts and mails.
    get("/alerts", "Alerts", "What is wrong first, then what was").query(&["state", "limit", "cursor"]),
    start("/alerts/{id}", "Answer an alert").body("AlertForm").answers(200, "Done"),
    start("/alerts/{id}/ack", "Say that an alert was seen").answers(200, "Acknowledged"),
    get("/mail", "Letters", "Mails and messages that were sent, that wait, and why").query(PAGE),
    start("/mail/test", "Send a mail to try the settings").answers(200, "Object"),
    start("/mail/retry", "Try again what waits").answers(200, "Object"),
    get("/notifications", "Letters", "Mails and messages that were sent, that wait, and why").query(PAGE),
    start("/notifications/test", "Send a mail to try the settings").answers(200, "Object"),
    // Settings.
    get("/settings", "Object", "The configuration file and everything that is wrong with it").right(Admin),
    change("POST", "/settings/change", "Saved", "Put a text in the place of the configuration file").body("ConfigText"),
    get("/config", "Config", "The configuration file as text and as values, without secrets").right(Admin),
    change("PUT", "/config", "Saved", "Put a text in the place of the configuration file").body("ConfigText"),
    change("POST", "/config/validate", "Valid", "Whether a text could be saved").body("ConfigText"),
];

/// The right that a token must have for a route of the page; `None` where tokens open nothing. `route` begins behind the
/// path of the page: `/api/jobs/{id}`.
pub fn right_for(method: &str, route: &str) -> Option<Right> {
    // Whoever may look may ask whether there is something to look at.
    let wanted = if method == "HEAD" { ["HEAD", "GET"] } else { [method, method] };
    let of = |method: &str| {
        ALL.iter().find(|endpoint| endpoint.method == method && full_path(endpoint) == route).map(|found| found.right)
    };
    wanted.into_iter().find_map(of)
}

/// Behind the path of the page.
pub fn full_path(endpoint: &Endpoint) -> String {
    if BESIDE.contains(&endpoint.path) { endpoint.path.to_owned() } else { format!("/api{}", endpoint.path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_takes_the_least_right_and_every_address_stands_there_once() {
        let mut seen: Vec<(&str, &str)> = ALL.iter().map(|endpoint| (endpoint.method, endpoint.path)).collect();
        seen.sort_unstable();
        let all = seen.len();
        seen.dedup();
        assert_eq!(seen.len(), all);
        assert!(ALL.iter().filter(|endpoint| endpoint.method != "GET").all(|endpoint| endpoint.right >= Right::Run));
        assert_eq!(right_for("HEAD", "/api/status"), right_for("GET", "/api/status"));
        assert_eq!(right_for("POST", "/api/archives/{name}/delete"), Some(Admin));
        for none in [("GET", "/"), ("GET", "/api/tokens"), ("POST", "/api/status"), ("GET", "/api/jobs/1"), ("GET", "")]
        {
            assert_eq!(right_for(none.0, none.1), None, "{none:?}");
        }
    }
}
