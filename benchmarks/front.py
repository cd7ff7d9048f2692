"""A camera behind its panel: a real lighttpd and a real php-fpm serve the tests' small panel, and the program is mounted in it by
the drop-in that the installer puts in place. What it asks for as somebody who is logged in, and what its processes take."""
import http.client, json, os, re, shutil, signal, socket, subprocess, time
from pathlib import Path

from measure import TOP, Camera
import measure

SBIN = [Path("/usr/sbin"), Path("/usr/local/sbin")]
# As the unit of systemd has it.
NICE = ["nice", "-n", "5"]


def found(program):
    """Debian puts the version behind the name of php-fpm."""
    paths = [path for folder in SBIN if folder.is_dir() for path in folder.iterdir() if re.fullmatch(rf"{program}[\d.]*", path.name)]
    return max(paths, default=None)


def lacks():
    """Why there can be no such site here; empty when there can."""
    missing = [package for program, package in (("lighttpd", "lighttpd"), ("php-fpm", "php-fpm")) if not found(program)]
    return f"needs {' and '.join(missing)}" if missing else ""


class Spool:
    """Where lighttpd puts aside what it cannot pass on at once: for root a small ext4 of its own, whose writes the kernel counts."""

    def __init__(self, work):
        self.folder, self.device = work / "spool", None
        self.folder.mkdir()
        if os.geteuid() == 0 and shutil.which("mkfs.ext4"):
            disk = work / "spool.ext4"
            with open(disk, "wb") as file:
                file.truncate(256 << 20)
            subprocess.run(["mkfs.ext4", "-q", disk], check=True)
            if subprocess.run(["mount", "-o", "loop", disk, self.folder], stderr=subprocess.DEVNULL).returncode == 0:
                self.device = subprocess.run(["findmnt", "-n", "-o", "SOURCE", self.folder], capture_output=True, text=True).stdout.strip()
                shutil.rmtree(self.folder / "lost+found")

    def written(self):
        """Bytes that reached its disk, with everything that waited for it; `None` where nobody counts them."""
        if not self.device:
            return None
        subprocess.run(["sync", "-f", self.folder], check=True)
        return int(Path(f"/sys/block/{Path(self.device).name}/stat").read_text().split()[6]) * 512

    def end(self):
        if self.device:
            subprocess.run(["umount", self.folder], check=True)


class Front:
    def __init__(self, work, **plan):
        self.camera, self.children = Camera(work, "front", **plan), {}
        self.dir, self.spool = self.camera.dir, Spool(work)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        for folder in ("run", "sessions", "lib"):
            (self.dir / folder).mkdir()
        for file in ("session.php", "append.php"):
            shutil.copy(TOP / "integration/allsky" / file, self.dir / "lib")
        values = {"DIR": self.dir, "SPOOL": self.spool.folder, "REPOSITORY": TOP, "PORT": self.port, "LIB": self.dir / "lib",
                  "SOCKET": self.dir / "run/http.sock", "HOME": self.camera.home, "USER": "user = root\ngroup = root" if os.geteuid() == 0 else ""}
        for place in ("tests/fixtures/panel-server/php-fpm.conf.in", "tests/fixtures/panel-server/lighttpd.conf.in", "integration/allsky/60-allsky-backups.conf.in"):
            text = re.sub(r"@([A-Z]+)@", lambda key: str(values[key[1]]), (TOP / place).read_text())
            (self.dir / Path(place).stem).write_text(text)
        (self.dir / "config.toml").write_text(
            f'[site]\nhome = "{self.camera.home}"\n[backups]\ndir = "{self.camera.backups}"\n[state]\ndir = "{self.camera.state}"\n'
            f'[server]\nbind = "unix:{self.dir}/run/http.sock"\nbase_path = "/backups"\n[panel]\nbridge = "http://127.0.0.1:{self.port}/backups-session.php"\n')
        try:
            self.start("php", [found("php-fpm"), "-F", "-R", "-y", self.dir / "php-fpm.conf"])
            self.start("web", [found("lighttpd"), "-D", "-f", self.dir / "lighttpd.conf"])
            self.start("program", [*NICE, measure.AB, "--config", self.dir / "config.toml", "serve"])
            self.wait()
            self.cookie, self.token = self.login()
        except BaseException:
            self.end()
            raise

    def start(self, name, command):
        self.children[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                               env=dict(os.environ, LANG="C.UTF-8"))

    def wait(self):
        """Until it is there, and has looked at all pictures once."""
        end = time.monotonic() + 60
        while True:
            try:
                if self.ask("GET", "/backups/api/status", {})[0] == 401:
                    break
            except OSError:
                pass
            if time.monotonic() > end:
                raise SystemExit(f"the site does not answer; see {self.dir}/lighttpd.log")
            time.sleep(0.05)
        before = None
        while (now := self.status("program", "stat")) != before:
            before = now
            time.sleep(0.5)

    def ask(self, method, path, headers, body=None):
        """On a line of its own: status, headers, body."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request(method, path, body=body, headers={"Connection": "close", **headers})
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            line.close()

    def login(self):
        _, headers, page = self.ask("GET", "/index.php?page=login", {})
        cookie = headers["Set-Cookie"].split(";")[0]
        token = re.search(rb'csrf-token" content="([0-9a-f]+)"', page).group(1).decode()
        form = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        status, *_ = self.ask("POST", "/index.php?page=login", form, "username=admin&password=secret")
        assert status == 302, status
        return cookie, token

    def own(self, method, path, body=None, **headers):
        """As somebody who is logged in, below the mount point."""
        known = {"Cookie": self.cookie, "X-CSRF-Token": self.token, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.ask(method, f"/backups/{path}", known, body)

    def json(self, path):
        status, _, body = self.own("GET", path)
        assert status == 200, (path, status, body[:300])
        return json.loads(body)

    def over(self, job):
        """The result of a job, when it is over."""
        while (told := self.json(f"api/jobs/{job}")["job"])["state"] in ("queued", "running"):
            time.sleep(0.1)
        assert told["result"], told
        return told["result"]

    def status(self, child, file="status"):
        text = Path(f"/proc/{self.children[child].pid}/{file}").read_text()
        # CPU time alone: other numbers change by themselves.
        return text if file == "status" else text.rsplit(")", 1)[1].split()[11:13]

    def memory(self, child, line):
        """MiB, by the kernel's name for it: VmRSS now, VmHWM at most since `forget`."""
        return int(re.search(rf"{line}:\s*(\d+)", self.status(child)).group(1)) / 1024

    def forget(self):
        """Peaks begin anew."""
        for child in self.children.values():
            Path(f"/proc/{child.pid}/clear_refs").write_text("5")

    def files(self, child):
        """Open files and connections."""
        return len(os.listdir(f"/proc/{self.children[child].pid}/fd"))

    def end(self):
        for name in ("program", "web", "php"):
            if child := self.children.get(name):
                child.send_signal(signal.SIGTERM)
                child.wait()
        self.spool.end()
