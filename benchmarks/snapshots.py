"""Snapshots of a folder with very many small files, beside rsync, cp -al, borg and restic, in one run."""
import getpass, os, random, shutil, socket, subprocess, time
from datetime import datetime, timedelta, timezone

import measure
from measure import OUT, fresh, goal, has, median, run, table

FOLDERS, CHANGED = 1_020, 100
# Not earlier than the files: what was changed after a snapshot was begun is read again by the next one.
START = datetime.now(timezone.utc)


class Host:
    """A folder of small files, and a drive for its snapshots."""

    def __init__(self, work, files):
        self.dir, self.random, self.hour = work / "snapshots", random.Random(7), 0
        self.home, self.drive, self.state = self.dir / "home", self.dir / "drive", self.dir / "state"
        self.drive.mkdir(parents=True)
        for folder in range(FOLDERS):
            (self.home / f"d{folder % 20}" / f"e{folder}").mkdir(parents=True)
        for n in range(files):
            folder = n % FOLDERS
            (self.home / f"d{folder % 20}" / f"e{folder}" / f"f{n}.txt").write_bytes(self.random.randbytes(self.random.randint(200, 4000)))
        self.config = self.dir / "config.toml"
        self.config.write_text(f'[[destination]]\nname = "drive"\npath = "{self.drive}"\nrequire_mount = false\n'
                               f'[[host]]\nname = "pi"\npath = "{self.home}"\n')
        self.ab("dest", "init", "drive")

    def ab(self, *words):
        now = (START + timedelta(hours=self.hour)).isoformat()
        camera = ["--site", self.dir / "none", "--backups", self.dir / "backups", "--state", self.state, "--config", self.config]
        return run([measure.AB, *camera, "--now", now, *words])

    def take(self):
        self.hour += 1
        return self.ab("snapshots", "take", "pi")

    def change(self):
        for n in self.random.sample(range(FOLDERS), CHANGED):
            (self.home / f"d{n % 20}" / f"e{n}" / f"f{n}.txt").write_bytes(self.random.randbytes(3000))


class FarHost:
    """The same folder by a ssh server of its own on this machine, for us and for bare rsync alike."""

    def __init__(self, host):
        self.host, self.dir = host, host.dir / "sshd"
        self.dir.mkdir()
        keygen = lambda name: run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.dir / name])
        keygen("host_key"), keygen("key")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (self.dir / "config").write_text(f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.dir}/host_key\nPidFile none\nUsePAM no\n"
                                         f"AuthorizedKeysFile {self.dir}/key.pub\nStrictModes no\nPermitRootLogin yes\n")
        os.makedirs("/run/sshd", exist_ok=True)
        self.server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", self.dir / "config"], stderr=subprocess.DEVNULL)
        self.address = f"{getpass.getuser()}@127.0.0.1"
        known = " ".join((self.dir / "host_key.pub").read_text().split()[:2])
        (self.dir / "known").write_text(f"[127.0.0.1]:{self.port} {known}\n")
        with host.config.open("a") as config:
            config.write(f'[[host]]\nname = "far"\naddress = "{self.address}"\npath = "{host.home}"\nport = {self.port}\n'
                         f'key = "{self.dir}/key"\nknown_hosts = "{self.dir}/known"\n')
        self.ssh = f"ssh -F none -p {self.port} -i {self.dir}/key -o UserKnownHostsFile={self.dir}/known -o BatchMode=yes"
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.05)

    def take(self):
        self.host.hour += 1
        return self.host.ab("snapshots", "take", "far")

    def rsync(self, to, *more):
        return run(["rsync", "-a", "--numeric-ids", *more, "-e", self.ssh, f"{self.address}:{self.host.home}/", to])


def section(work, files, rounds):
    host = Host(work, files)
    peers, results = host.dir / "peers", {}
    password = dict(os.environ, RESTIC_PASSWORD="x", RESTIC_CACHE_DIR=str(host.dir / "cache"), BORG_BASE_DIR=str(host.dir / "cache"),
                    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes", BORG_RELOCATED_REPO_ACCESS_IS_OK="yes")
    keep = lambda name, ran: results.setdefault(name, []).append(ran)
    tree = f"{host.home}/"
    fresh(peers)
    keep("allsky-backups, first", host.take())
    keep("rsync -aH, first", run(["rsync", "-aH", tree, peers / "r0"]))
    if has("borg"):
        run(["borg", "init", "-e", "none", peers / "borg"], env=password)
        keep("borg create, first", run(["borg", "create", f"{peers}/borg::0", "."], cwd=host.home, env=password))
    if has("restic"):
        run(["restic", "init", "-q", "-r", peers / "restic"], env=password)
        keep("restic backup, first", run(["restic", "backup", "-q", "-r", peers / "restic", "."], cwd=host.home, env=password))
    for n in range(1, rounds + 1):
        host.change()
        keep("allsky-backups, next", host.take())
        keep("rsync -aH --link-dest, next", run(["rsync", "-aH", f"--link-dest={peers}/r{n - 1}", tree, peers / f"r{n}"]))
        keep("cp -al, nothing copied", run(["cp", "-al", peers / f"r{n}", peers / "links"]))
        keep("rm -rf of as many links", run(["rm", "-rf", peers / "links"]))
        if has("borg"):
            keep("borg create, next", run(["borg", "create", f"{peers}/borg::{n}", "."], cwd=host.home, env=password))
        if has("restic"):
            keep("restic backup, next", run(["restic", "backup", "-q", "-r", peers / "restic", "."], cwd=host.home, env=password))
    keep("allsky-backups verify", host.ab("snapshots", "verify", "pi"))
    far = FarHost(host)
    keep("allsky-backups over ssh, first", far.take())
    keep("rsync -a over ssh, first", far.rsync(peers / "s0"))
    for n in range(1, rounds + 1):
        host.change()
        keep("allsky-backups over ssh, next", far.take())
        keep("rsync -a --link-dest over ssh, next", far.rsync(peers / f"s{n}", f"--link-dest={peers}/s{n - 1}"))
    far.server.kill()
    report(files, {name: median(runs) for name, runs in results.items()}, {name: len(runs) for name, runs in results.items()})
    shutil.rmtree(host.dir)


def report(files, medians, counts):
    OUT.append(f"## Snapshots: {files:,} files of 0.2 to 4 kB in {FOLDERS:,} folders, {CHANGED} of them changed between two\n")
    table(["", "runs", "wall s", "CPU s", "RSS MiB"],
          [(name, counts[name], f"{m.wall:.2f}", f"{m.cpu:.2f}", f"{m.rss:.0f}") for name, m in medians.items()])
    first, following = medians["allsky-backups, first"], medians["allsky-backups, next"]
    ratio = following.wall / medians["rsync -aH --link-dest, next"].wall
    goal("next snapshot, nearly nothing changed", "<= 0.15 of rsync -aH --link-dest", f"{ratio:.2f}", ratio <= 0.15)
    ratio = following.wall / medians["cp -al, nothing copied"].wall
    goal("next snapshot, nearly nothing changed", "<= 1.0 of cp -al", f"{ratio:.2f}", ratio <= 1.0)
    ratio = first.wall / medians["rsync -aH, first"].wall
    goal("first snapshot", "<= 0.5 of rsync -aH", f"{ratio:.2f}", ratio <= 0.5)
    ratio = medians["allsky-backups over ssh, next"].wall / medians["rsync -a --link-dest over ssh, next"].wall
    goal("next snapshot over ssh, nearly nothing changed", "<= 1.05 of rsync -a --link-dest", f"{ratio:.2f}", ratio <= 1.05)
    ratio = medians["allsky-backups over ssh, first"].wall / medians["rsync -a over ssh, first"].wall
    goal("first snapshot over ssh, read back in full", "<= 1.5 of rsync -a", f"{ratio:.2f}", ratio <= 1.5)
    peak = max(first.rss, following.rss)
    goal(f"peak memory of a snapshot of {files:,} files", "<= 32 MiB", f"{peak:.0f} MiB", peak <= 32)
