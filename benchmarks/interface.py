"""The interface for programs and the dashboard: every GET beside a history of 100,000 jobs and 50 hosts, and a stream for 200 listeners."""
import http.client, json, math, os, random, re, select, signal, socket, sqlite3, subprocess, time, uuid

import measure
from measure import OUT, Camera, goal, run, table

HOSTS, LISTENERS, ASKED = 50, 200, 60
PATHS = ["api/status", "api/jobs", "api/jobs?limit=500", "api/jobs?status=failed", "api/jobs?host=h7&limit=10", "api/runs", "api/plans",
         "api/schedule", "api/hosts", "api/hosts/h7", "api/snapshots", "api/snapshots/h7", "api/archives", "api/alerts", "api/nights",
         "api/destinations", "api/estimate", "api/notifications", "api/config", "api/openapi.json", "api/history/jobs?limit=50",
         "api/history/jobs?status=eq.failed&order=id.desc&limit=50", "api/history/job_hosts?host=eq.h7&limit=50",
         "api/history/snapshots?limit=50", "api/history/task_run?limit=50", "api/history/anomaly_alerts", "metrics", "healthz",
         "dashboard", "dashboard?host=h7", "dashboard?plan=hosts", "dashboard?result=failed"]
PAGE_TOKEN = "0123456789abcdef" * 2


class Interface:
    """The program with that history, alone on a free port."""

    def __init__(self, work, jobs):
        self.dir = work / "interface"
        (self.dir / "home").mkdir(parents=True)
        (self.dir / "drive").mkdir()
        self.home = Camera(self.dir, "camera", nights=3, frames=2).home
        hosts = "".join(f'[[host]]\nname = "h{n}"\npath = "{self.dir}/home"\n' for n in range(HOSTS))
        (self.dir / "token").write_text(PAGE_TOKEN)
        os.chmod(self.dir / "token", 0o600)
        self.config = self.dir / "config.toml"
        self.config.write_text(f'[server]\nauth = "token"\ntoken_file = "{self.dir}/token"\n[[destination]]\nname = "drive"\n'
                               f'path = "{self.dir}/drive"\nrequire_mount = false\n{hosts}')
        self.ab("dest", "init", "drive")
        self.token = json.loads(self.ab("tokens", "add", "benchmark", "--right", "admin", "--json").out)["token"]
        self.fill(jobs)
        line = [measure.AB, *self.camera(), "serve", "--bind", "127.0.0.1:0"]
        self.program = subprocess.Popen([str(word) for word in line], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(re.search(r":(\d+)", self.program.stdout.readline().rsplit("//", 1)[1]).group(1))

    def camera(self):
        return ["--site", self.home, "--backups", self.dir / "backups", "--state", self.dir / "state", "--config", self.config]

    def ab(self, *words):
        return run([measure.AB, *self.camera(), *words])

    def fill(self, jobs):
        """Rows as the program itself writes them; more than it keeps, so that the worst is measured."""
        dice, now = random.Random(7), int(time.time() * 1000)
        with sqlite3.connect(self.dir / "state/catalog.db") as db:
            for n in range(jobs):
                host, at = f"h{dice.randrange(HOSTS)}", now - (jobs - n) * 60_000
                state = dice.choices(["success", "warning", "failed"], [90, 8, 2])[0]
                taken = {"host": host, "destination": "drive", "snapshot": time.strftime("%Y-%m-%d_%H00", time.gmtime(at / 1000)), "skipped": False,
                         "base": None, "warnings": [], "counts": {"files": 1000, "bytes": 10**9, "new": 5, "changed": 3, "deleted": 2, "added_bytes": 4096}}
                id = str(uuid.UUID(int=(at << 80) | 7 << 76 | 2 << 62 | n))
                db.execute("INSERT INTO jobs (id, wanted, state, stages, stage, queued_at, started_at, ended_at, result) VALUES (?, ?, ?, '[\"survey\"]', 0, ?, ?, ?, ?)",
                           (id, json.dumps({"order": "take_snapshot", "host": host}), state, at, at, at + 5000, json.dumps(taken)))
                db.execute("INSERT INTO steps (job, stage, started_at, ended_at, state) VALUES (?, 'survey', ?, ?, ?)", (id, at, at + 5000, state))
                db.execute("INSERT INTO events (job, at, kind) VALUES (?, ?, ?)", (id, at, json.dumps({"event": "state", "state": state})))

    def get(self, line, path):
        line.request("GET", f"/{path}", headers={"Authorization": f"Bearer {PAGE_TOKEN if path.startswith('dashboard') else self.token}"})
        answer = line.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body[:300])
        return len(body)

    def rss(self):
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.program.pid}/status").read()).group(1)) / 1024

    def listen(self):
        """All of them at once; the seconds until the last one has heard of one event."""
        lines = []
        for _ in range(LISTENERS):
            line = socket.create_connection(("127.0.0.1", self.port))
            line.sendall(f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode())
            lines.append(line)
        waiting = {line: b"" for line in lines}

        def hear(until_all_have, limit):
            end = time.monotonic() + limit
            while not all(until_all_have(text) for text in waiting.values()):
                assert time.monotonic() < end, sum(until_all_have(text) for text in waiting.values())
                for line in select.select(lines, [], [], 0.2)[0]:
                    waiting[line] += line.recv(65536)

        hear(lambda text: b"event: hello" in text, 60)
        begun = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.request("POST", "/api/verify", headers={"Authorization": f"Bearer {self.token}"})
        job = json.loads(line.getresponse().read())["job_id"].encode()
        hear(lambda text: job in text, 60)
        took, rss = time.monotonic() - begun, self.rss()
        [line.close() for line in lines]
        return took, rss

    def end(self):
        self.program.send_signal(signal.SIGTERM)
        self.program.wait()


def answers(work, jobs=100_000):
    service = Interface(work, jobs)
    rows, worst = [], 0
    try:
        line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        for path in PATHS:
            # The looks in the background have ended by then, as on a page that is open.
            service.get(line, path)
        for path in PATHS:
            times = []
            for _ in range(ASKED):
                begun = time.perf_counter()
                bytes = service.get(line, path)
                times.append((time.perf_counter() - begun) * 1000)
            times.sort()
            p99 = times[min(len(times) - 1, math.ceil(0.99 * len(times)) - 1)]
            worst = max(worst, p99)
            rows.append((f"`{path}`", f"{bytes / 1000:.1f}", f"{times[len(times) // 2]:.1f}", f"{p99:.1f}"))
        rss = service.rss()
        told, rss_with_listeners = service.listen()
    finally:
        service.end()
    OUT.append(f"## The interface for programs, with {jobs:,} jobs in the history and {HOSTS} hosts\n")
    table(["", "kB", "median ms", "p99 ms"], rows)
    OUT.append(f"RSS {rss:.0f} MiB; with {LISTENERS} listeners {rss_with_listeners:.0f} MiB, and all of them heard of a job within {told * 1000:.0f} ms.\n")
    goal("p99 of every GET of the interface", "< 100 ms", f"{worst:.0f} ms", worst < 100)
    goal(f"RSS with {LISTENERS} listeners of events", "<= 64 MiB", f"{rss_with_listeners:.0f} MiB", rss_with_listeners <= 64)
