"""What comes back and what comes in: restores, undo, the camera's pause, uploads, and nights on their way to a drive."""
import json, os, re, shutil, socket, statistics, subprocess, threading, time
from pathlib import Path

from measure import OUT, Page, fresh, goal, median, run, size, table

# Seconds that stopping and starting the camera take, without us.
SERVICE = 0.3
SYSTEMCTL = """#!/bin/sh
case "$1" in
show) printf 'ActiveState=%s\\nSubState=x\\nInvocationID=1\\n' "$(cat {state})" ;;
stop) sleep {wait}; echo inactive > {state} ;;
start) sleep {wait}; echo active > {state} ;;
esac
"""


class Back:
    """The picture tree comes back, by us and by the peers, in the same rounds as everything else."""

    def __init__(self, camera, work):
        self.camera, self.place, self.results = camera, work / "back", {}

    def add(self, name, ran):
        self.results.setdefault(name, []).append(ran)

    def ours(self, archive):
        fresh(self.place)
        self.add("allsky-backups restore", self.camera.ab("restore", archive, "--to", str(self.place), "--yes"))
        if len(self.results["allsky-backups restore"]) == 1:
            run(["diff", "-rq", self.camera.home / "images", self.place / "images"])
        self.add("allsky-backups undo", self.camera.ab("undo"))
        # What was undone is kept aside for an undo of the undo.
        assert not list(self.place.glob("images/*")), "pictures are left after the undo"
        shutil.rmtree(self.place)

    def peer(self, name, command, env):
        fresh(self.place)
        self.add(name, run(command, cwd=self.place, env=env))
        shutil.rmtree(self.place)

    def report(self, cp):
        medians = {name: median(runs) for name, runs in self.results.items()}
        OUT.append("## The pictures come back\n")
        OUT.append("Ours is proved, staged beside, on the disk, then put in place all at once, and can be undone.\n")
        table(["", "runs", "wall s", "CPU s", "RSS MiB", "wall / cp -r"],
              [(name, len(self.results[name]), f"{m.wall:.2f}", f"{m.cpu:.2f}", f"{m.rss:.0f}", f"{m.wall / cp:.2f}") for name, m in medians.items()])
        mine = medians["allsky-backups restore"]
        goal("restore of images", "<= 2.5 x cp -r", f"{mine.wall / cp:.2f}", mine.wall / cp <= 2.5)
        for peer in ("borg extract", "restic restore"):
            if peer in medians:
                goal("restore of images", f"faster than {peer}", f"{medians[peer].wall / mine.wall:.1f}x", medians[peer].wall > mine.wall)
        goal("peak memory of restore", "<= 64 MiB", f"{mine.rss:.0f} MiB", mine.rss <= 64)


def config(camera, name, rounds):
    """The camera rests while its settings and databases are replaced."""
    tools, state = camera.dir / "tools", camera.dir / "camera-is"
    tools.mkdir()
    state.write_text("active\n")
    systemctl = tools / "systemctl"
    systemctl.write_text(SYSTEMCTL.format(state=state, wait=SERVICE))
    systemctl.chmod(0o755)
    settings = camera.dir / "settings.toml"
    settings.write_text("[restore]\nwatch_seconds = 1\n")
    env = dict(os.environ, PATH=f"{tools}:{os.environ['PATH']}")
    restored, undone, beyond = [], [], []
    for _ in range(rounds):
        # Something of everything is changed, so that everything is restored.
        for path in [*camera.home.glob("config/*.json"), *camera.home.glob("config/overlay/**/*.json")]:
            path.write_bytes(path.read_bytes() + b"\n")
        ran = camera.ab("--config", str(settings), "--json", "restore", name, "--yes", env=env)
        said = json.loads(ran.out)
        restored.append(ran)
        beyond.append(said["pause_ms"] - 2 * SERVICE * 1000)
        undone.append(camera.ab("--config", str(settings), "undo", env=env))
    mine, undo, rest = median(restored), median(undone), statistics.median(beyond)
    OUT.append(f"## Settings and databases come back ({said['files']} files, {said['bytes'] / 1e6:.0f} MB)\n")
    OUT.append(f"Stopping and starting the stand-in of the camera takes {SERVICE} s each; it is watched for 1 s afterwards, which is part of the times.\n")
    table(["", "wall s", "CPU s", "RSS MiB", "pause beyond stop and start, ms"],
          [("allsky-backups restore", f"{mine.wall:.2f}", f"{mine.cpu:.2f}", f"{mine.rss:.0f}", f"{rest:.0f}"),
           ("allsky-backups undo", f"{undo.wall:.2f}", f"{undo.cpu:.2f}", f"{undo.rss:.0f}", "")])
    goal("pause of the camera for a restore of settings", "<= 1 s beyond its own stop and start", f"{rest:.0f} ms", rest <= 1000)


class Receiver(threading.Thread):
    """The least that a server can do with a file: take its bytes and write them down."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.socket = path, socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        line, _ = self.socket.accept()
        buffer = bytearray(1 << 20)
        with line, open(self.path, "wb", buffering=0) as out:
            head = b""
            while b"\r\n\r\n" not in head:
                head += line.recv(65536)
            left = int(re.search(rb"Content-Length: (\d+)", head).group(1))
            body = head.split(b"\r\n\r\n", 1)[1]
            out.write(body)
            left -= len(body)
            view = memoryview(buffer)
            while left and (count := line.recv_into(view[:min(len(view), left)])):
                out.write(view[:count])
                left -= count
            os.fsync(out.fileno())
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        self.socket.close()


def send(port, path, archive, token=""):
    """Seconds until the server has answered, and its answer."""
    head = (b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + archive.name.encode()
            + b'"\r\nContent-Type: application/gzip\r\n\r\n')
    tail = b"\r\n--x--\r\n"
    begin = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as line, open(archive, "rb") as file:
        length = len(head) + archive.stat().st_size + len(tail)
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
                     f"X-CSRF-Token: {token}\r\n"
                     f"Content-Length: {length}\r\nConnection: close\r\n\r\n".encode() + head)
        line.sendfile(file)
        line.sendall(tail)
        answer = b""
        while more := line.recv(65536):
            answer += more
    return time.monotonic() - begin, answer


def upload(camera, archive, work, rounds):
    """An archive comes in through the page: written, checked member by member, hashed, read back, stored."""
    place = work / "received"
    fresh(place)
    ours, plain, peaks = [], [], []
    for _ in range(rounds):
        receiver = Receiver(place / "plain")
        plain.append(send(receiver.port, "/", archive)[0])
        receiver.join()
        (place / "plain").unlink()
        before = set(camera.backups.iterdir())
        page = Page(camera)
        seconds, answer = send(page.port, f"/api/upload?size={archive.stat().st_size}", archive, page.token())
        peaks.append(page.end())
        assert answer.startswith(b"HTTP/1.1 200"), answer
        ours.append(seconds)
        for path in set(camera.backups.iterdir()) - before:
            path.unlink()
    shutil.rmtree(place)
    mine, other = statistics.median(ours), statistics.median(plain)
    OUT.append("## An archive comes in through the page\n")
    table(["", "wall s", "RSS MiB"], [("received, checked, hashed, read back and stored", f"{mine:.2f}", f"{max(peaks):.0f}"),
                                      ("the same bytes received to a file and synced, nothing more", f"{other:.2f}", "")])
    goal("upload received and validated", "<= 1.5 of receiving the same bytes to a file", f"{mine / other:.2f}", mine / other <= 1.5)
    goal("peak memory of the page's server in an upload", "<= 64 MiB", f"{max(peaks):.0f} MiB", max(peaks) <= 64)


def nights(camera, work, rounds):
    """Closed nights go to a drive; `cp -r` copies the same files."""
    drive, same, out = work / "drive", work / "same", work / "copied"
    folders = sorted(p for p in (camera.home / "images").iterdir() if p.name.isdigit())[:-1]
    names = [f"{p.name[:4]}-{p.name[4:6]}-{p.name[6:]}" for p in folders]
    results = {"cp -r": [], "allsky-backups nights save": []}
    without, written = [], 0
    for _ in range(rounds):
        fresh(drive)
        camera.ab("dest", "init", "--plain-folder", "--dest", str(drive))
        ran = camera.ab("--json", "nights", "save", *names, "--dest", str(drive))
        said = json.loads(ran.out)["nights"]
        assert len(said) == len(names) and all(night["verified"] for night in said), said
        results["allsky-backups nights save"].append(ran)
        without.append(ran.wall - sum(night["read_back_ms"] for night in said) / 1000)
        written = sum(night["copied_bytes"] for night in said)
        if not same.exists():
            # The same files by name, without what is not saved.
            saved = {(p.name, p.stat().st_size) for p in drive.rglob("*") if p.is_file()}
            for folder in folders:
                (same / folder.name).mkdir(parents=True)
                for path in folder.iterdir():
                    if path.is_file() and (path.name, path.stat().st_size) in saved:
                        os.link(path, same / folder.name / path.name)
        shutil.rmtree(drive)
        fresh(out)
        results["cp -r"].append(run(["cp", "-r", same, out / "copy"]))
    copied = size(same)
    shutil.rmtree(same), shutil.rmtree(out)
    cp, mine, part = median(results["cp -r"]), median(results["allsky-backups nights save"]), statistics.median(without)
    OUT.append(f"## {len(names)} nights go to a drive: {written / 1e6:.0f} MB (`cp -r`: {copied / 1e6:.0f} MB of the same files)\n")
    table(["", "wall s", "CPU s", "RSS MiB", "wall / cp -r"],
          [("cp -r", f"{cp.wall:.2f}", f"{cp.cpu:.2f}", f"{cp.rss:.0f}", "1.0"),
           ("allsky-backups nights save, before read-back", f"{part:.2f}", "", "", f"{part / cp.wall:.2f}"),
           ("allsky-backups nights save, all of it", f"{mine.wall:.2f}", f"{mine.cpu:.2f}", f"{mine.rss:.0f}", f"{mine.wall / cp.wall:.2f}")])
    goal("nights save, hashed and synced, before read-back", "<= 1.3 x cp -r", f"{part / cp.wall:.2f}", part / cp.wall <= 1.3)
    goal("peak memory of nights save", "<= 64 MiB", f"{mine.rss:.0f} MiB", mine.rss <= 64)
