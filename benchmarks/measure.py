"""What all measurements share: how a program is run, a camera to run it on, its page, and the lines of the report."""
import http.client, json, os, re, shutil, signal, sqlite3, statistics, subprocess, sys, tempfile, threading, time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
AB = str(TOP / "target/release/allsky-backups")
OUT = []          # lines of the report
GOALS = []        # (what, goal, reached, met)


class Ran:
    def __init__(self, wall, cpu, rss, out, code):
        self.wall, self.cpu, self.rss, self.out, self.code = wall, cpu, rss, out, code


class Peak(threading.Thread):
    """Watches the peak memory of a process. What wait4 reports begins with the memory of this script."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.mib, self.over = pid, 0, threading.Event()
        self.start()

    def run(self):
        pause = 0.001
        while True:
            try:
                status = Path(f"/proc/{self.pid}/status").read_text()
            except OSError:
                return
            found = re.search(r"VmHWM:\s*(\d+)", status)
            # Until it has become the program, the process is still a copy of this script.
            if found and "Name:\tpython" not in status:
                self.mib = int(found.group(1)) / 1024
            if self.over.wait(pause):
                return
            pause = min(pause * 1.5, 0.02)


def run(command, cwd=None, env=None, may_fail=False):
    """Wall and CPU seconds, peak memory in MiB (of the largest process), output."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.monotonic()
        child = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                 shell=isinstance(command, str), executable="/bin/bash" if isinstance(command, str) else None)
        peak = Peak(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
        peak.over.set()
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if child.returncode and not may_fail:
            sys.exit(f"{command} ended with {child.returncode}: {err.read().decode(errors='replace')[-2000:]}")
        return Ran(wall, usage.ru_utime + usage.ru_stime, peak.mib, out.read(), child.returncode)


def use(program):
    """Measures this program instead of the release build."""
    global AB
    AB = str(Path(program).resolve())


def has(program):
    return shutil.which(program) is not None


def fresh(folder):
    """An empty folder, with nothing of before on its way to the disk."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    subprocess.run(["sync", "-f", folder], check=True)


def median(runs):
    return Ran(*(statistics.median(getattr(r, key) for r in runs) for key in ("wall", "cpu", "rss")), runs[-1].out, 0)


def size(path):
    path = Path(path)
    return path.stat().st_size if path.is_file() else sum(p.lstat().st_size for p in path.rglob("*") if p.is_file() and not p.is_symlink())


class Camera:
    """A demo camera and a terminal for it."""

    def __init__(self, work, name, **plan):
        self.dir = work / name
        options = [part for key, value in plan.items() for part in (f"--{key.replace('_', '-')}", str(value))]
        run([AB, "demo", "--build-only", "--dir", str(self.dir), *options])
        self.home, self.backups, self.state = self.dir / "allsky", self.dir / "allskybackups", self.dir / "state"

    def ab(self, *words, env=None, may_fail=False):
        return run([AB, "--site", self.home, "--backups", self.backups, "--state", self.state, *words], env=env, may_fail=may_fail)

    def ask(self, *words, env=None):
        return json.loads(self.ab("--json", *words, env=env).out)

    def stage_seconds(self):
        """Seconds of each stage of the newest job, from its history."""
        with sqlite3.connect(self.state / "catalog.db") as db:
            job, end = db.execute("SELECT id, ended_at FROM jobs ORDER BY seq DESC LIMIT 1").fetchone()
            events = [(at, json.loads(kind)) for at, kind in db.execute("SELECT at, kind FROM events WHERE job = ? ORDER BY id", (job,))]
        stages = [(at, kind["stage"]) for at, kind in events if kind.get("event") == "stage"]
        ends = [at for at, _ in stages[1:]] + [end]
        return {stage: (stop - at) / 1000 for (at, stage), stop in zip(stages, ends)}


def goal(what, wanted, reached, met):
    GOALS.append((what, wanted, reached, met))


def table(head, rows):
    OUT.append("| " + " | ".join(head) + " |")
    OUT.append("|" + "|".join(["---"] + ["--:"] * (len(head) - 1)) + "|")
    OUT.extend("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)
    OUT.append("")


class Page:
    """The page of a camera, over one connection."""

    def __init__(self, camera):
        self.child = subprocess.Popen([AB, "--site", camera.home, "--backups", camera.backups, "--state", camera.state, "serve", "--bind", "127.0.0.1:0"],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(re.search(r":(\d+)\s*$", self.child.stdout.readline()).group(1))
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        self.peak = Peak(self.child.pid)
        # It looks at all pictures once when it starts; that is not what is measured here.
        before = None
        while (now := self.cpu()) != before:
            before = now
            time.sleep(0.5)

    def cpu(self):
        return Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]

    def milliseconds(self, path, times=40):
        taken = []
        for _ in range(times):
            begin = time.monotonic()
            self.connection.request("GET", path)
            answer = self.connection.getresponse()
            answer.read()
            taken.append((time.monotonic() - begin) * 1000)
            if answer.status != 200:
                sys.exit(f"GET {path}: {answer.status}")
        return statistics.median(taken[5:])

    def token(self):
        """What the page sends with everything that changes something."""
        self.connection.request("GET", "/")
        return re.search(r'csrf-token" content="([0-9a-f]+)"', self.connection.getresponse().read().decode()).group(1)

    def end(self):
        self.connection.close()
        self.child.send_signal(signal.SIGINT)
        self.child.wait()
        return self.peak.mib
