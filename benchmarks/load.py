#!/usr/bin/env python3
"""The page under load, behind a real lighttpd and php-fpm: listeners, slow connections, backups and a large upload at once.

    benchmarks/load.py                 about two minutes; renews its section of docs/PERFORMANCE.md
    benchmarks/load.py --minutes 4     a longer slow upload beside the slow connections
    benchmarks/load.py --gb 0.5        a quick look, printed only

`benchmarks/run` does the same as its last part. The load is made by processes of their own, beside which the one that
asks for pages does nothing else. Everything lies on a tmpfs and is gone at the end.
"""
import argparse, hashlib, http.client, json, multiprocessing, os, random, re, selectors, shutil, socket, statistics, subprocess, sys, tempfile, time, zlib
from pathlib import Path

# The modules beside this file leave nothing in the tree.
sys.dont_write_bytecode = True
import measure
from front import Front, lacks
from measure import GOALS, OUT, TOP, goal, table

LISTENERS, SLOW, CUTS = 200, 500, 20
PIECE = 16 << 20
# 20 Mbit/s.
RATE = 2_500_000
PAGES = ("", "board", "api/archives")
METADATA = b'{"backupType":"images","created":"2026-11-20 21:30:00","version":"v2025.xx.xx","permissions":[],"files":[]}'


def gzip(raw):
    """One member that does not try to compress, so that its length is known."""
    packer = zlib.compressobj(level=0, wbits=31)
    return packer.compress(raw) + packer.flush()


def header(name, size):
    block = bytearray(512)
    fields = ((0, name), (100, "0000644\0"), (108, "0001750\0"), (116, "0001750\0"), (124, f"{size:011o}\0"), (136, "15104500000\0"),
              (148, " " * 8), (156, "0"), (257, "ustar\00000"))
    for at, text in fields:
        block[at:at + len(text)] = text.encode()
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block)


class LargeArchive:
    """A good archive of any size that lies nowhere: header after header, each with the same noise behind it."""
    PICTURE = 4 << 20

    def __init__(self, size):
        count = max(1, round(size / self.PICTURE))
        self.heads = [gzip(header(f"images/20261120/image-{number:06}.jpg", self.PICTURE)) for number in range(count)]
        self.noise = gzip(random.Random(33).randbytes(self.PICTURE))
        self.tail = gzip(header("metadata.json", len(METADATA)) + METADATA.ljust(512, b"\0") + bytes(1024))
        self.unit = len(self.heads[0]) + len(self.noise)
        self.bytes = self.unit * count + len(self.tail)
        sums = hashlib.sha256()
        for part in (part for head in self.heads for part in (head, self.noise)):
            sums.update(part)
        sums.update(self.tail)
        self.sha256 = sums.hexdigest()

    def parts(self, at, end):
        """What lies between these bytes, piece by piece."""
        while at < end:
            number, within = divmod(at, self.unit)
            if number >= len(self.heads):
                part, start = self.tail, at - self.unit * len(self.heads)
            elif within < len(self.heads[number]):
                part, start = self.heads[number], within
            else:
                part, start = self.noise, within - len(self.heads[number])
            part = memoryview(part)[start:start + min(end - at, 256 << 10)]
            yield part
            at += len(part)


def upload(front, pipe, archive, cuts=(), rate=None):
    """In pieces that are cut at these bytes and go on. Tells seconds, and how often it was cut."""
    status, headers, _ = front.own("POST", "api/uploads", Upload_Length=str(archive.bytes), Upload_Metadata="filename bGFyZ2UudGFyLmd6")
    assert status == 201, status
    place, offset, job, cut, begin = headers["Location"].removeprefix("/backups/"), 0, None, 0, time.monotonic()
    cuts = sorted(cuts)
    while offset < archive.bytes:
        end = min(offset + PIECE, archive.bytes)
        stop = cuts.pop(0) if cuts and cuts[0] < end else None
        line = http.client.HTTPConnection("127.0.0.1", front.port, timeout=120)
        line.putrequest("PATCH", f"/backups/{place}")
        for name, value in (("Cookie", front.cookie), ("X-CSRF-Token", front.token), ("Content-Type", "application/offset+octet-stream"),
                            ("Upload-Offset", offset), ("Content-Length", end - offset), ("Connection", "close")):
            line.putheader(name, value)
        line.endheaders()
        sent = offset
        for part in archive.parts(offset, stop or end):
            line.send(part)
            sent += len(part)
            if rate and (ahead := sent / rate - (time.monotonic() - begin)) > 0:
                time.sleep(ahead)
        answer = None if stop else line.getresponse()
        if answer and answer.status == 204:
            offset, job = end, answer.headers["Upload-Job"]
            line.close()
            continue
        assert stop or answer.status == 409, (answer.status, answer.read()[:300])
        line.close()
        cut += stop is not None
        offset = int(front.own("HEAD", place)[1]["Upload-Offset"])
    result = front.over(job)
    assert result["sha256"] == archive.sha256, result
    pipe.send({"seconds": time.monotonic() - begin, "cuts": cut, "name": result["name"]})


def listen(front, pipe, count):
    """So many streams of events, until something comes through the pipe."""
    request = f"GET /backups/events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {front.cookie}\r\nConnection: close\r\n\r\n".encode()
    lines, chosen = [], selectors.DefaultSelector()
    for _ in range(count):
        line = socket.create_connection(("127.0.0.1", front.port))
        lines.append({"begin": time.monotonic(), "first": None, "gauges": 0, "jobs": 0, "ended": False, "rest": b""})
        line.sendall(request)
        line.setblocking(False)
        chosen.register(line, selectors.EVENT_READ, lines[-1])
    while not pipe.poll():
        for key, _ in chosen.select(0.2):
            one, piece = key.data, key.fileobj.recv(65536)
            if not piece:
                one["ended"] = True
                chosen.unregister(key.fileobj)
                continue
            text = one["rest"] + piece
            if one["first"] is None and b"event: hello" in text:
                one["first"] = (time.monotonic() - one["begin"]) * 1000
            # A word that lies in what was looked at before was counted then.
            one["gauges"] += text.count(b'event: gauges\ndata: [{') - one["rest"].count(b'event: gauges\ndata: [{')
            one["jobs"] += text.count(b"event: job") - one["rest"].count(b"event: job")
            one["rest"] = text[-40:]
    pipe.send([{key: one[key] for key in ("first", "gauges", "jobs", "ended")} for one in lines])


def back_up(front, pipe):
    """One backup of the pictures after the other; tells how many there were."""
    made = 0
    while not pipe.poll():
        status, _, body = front.own("POST", "api/create", json.dumps({"type": "images"}), Content_Type="application/json")
        assert status == 202, (status, body)
        name = front.over(json.loads(body)["job"])["name"]
        made += 1
        remove(front, name)
    pipe.send(made)


def remove(front, name):
    status, _, body = front.own("POST", f"api/archives/{name}/delete")
    assert status == 202, (status, body)
    front.over(json.loads(body)["job"])


def be_slow(front, pipe, count, name):
    """Half headers, half bodies, and readers who read nothing; some send a byte a second. Tells who is still there."""
    known = f"Host: 127.0.0.1\r\nCookie: {front.cookie}\r\nX-CSRF-Token: {front.token}\r\n"
    body = f"{known}Content-Length: 5000000\r\n\r\n"
    kinds = {"silent header": "GET /backups/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCoo", "header byte by byte": "GET /backups/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
             "silent body": f"POST /backups/api/create HTTP/1.1\r\nContent-Type: application/json\r\n{body}",
             "body byte by byte": f"POST /backups/api/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n{body}",
             "body of nobody": "POST /backups/api/create HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nn",
             "reader of nothing": f"GET /backups/download/{name} HTTP/1.1\r\n{known}\r\n"}
    lines = []
    for number in range(count):
        kind = list(kinds)[number % len(kinds)]
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", front.port))
        line.sendall(kinds[kind].encode())
        line.setblocking(False)
        lines.append((kind, line))
    pipe.send("all there")
    while not pipe.poll(1):
        for kind, line in lines:
            if "byte by byte" in kind:
                try:
                    line.send(b"x")
                except OSError:
                    pass
    for _, line in lines:
        line.close()
    pipe.send("gone")


def watch_spool(front, pipe):
    """The most that lies in the web server's folder at once."""
    most = 0
    while not pipe.poll(0.005):
        now = 0
        for entry in os.scandir(front.spool.folder):
            try:
                now += entry.stat().st_size
            except FileNotFoundError:
                pass
        most = max(most, now)
    pipe.send(most)


class Beside:
    """A process that does one thing beside the others."""

    def __init__(self, what, front, *more, **options):
        context = multiprocessing.get_context("fork")
        self.pipe, end = context.Pipe()
        self.process = context.Process(target=what, args=(front, end, *more), kwargs=options, daemon=True)
        self.process.start()
        end.close()

    def is_over(self):
        return self.pipe.poll() or not self.process.is_alive()

    def stop(self):
        self.pipe.send("enough")
        return self.result()

    def result(self):
        try:
            return self.pipe.recv()
        except EOFError:
            sys.exit("what made the load has failed; its words are above")


def ask_pages(front, until, at_least=300):
    """Milliseconds of every answer, asked for one after the other."""
    taken = []
    while len(taken) < at_least or not until():
        for path in PAGES:
            begin = time.monotonic()
            status, *_ = front.own("GET", path)
            taken.append((time.monotonic() - begin) * 1000)
            assert status == 200, (path, status)
        time.sleep(0.02)
    return sorted(taken)


def cells(taken):
    return f"{statistics.median(taken):.1f}", f"{p99(taken):.1f}", f"{taken[-1]:.1f}", len(taken)


def p99(taken):
    return taken[int(len(taken) * 0.99)]


def section(work, gigabytes, minutes):
    """Everything, to OUT and GOALS."""
    busy = os.getloadavg()[0]
    fast, slow = LargeArchive(gigabytes * (1 << 30)), LargeArchive(RATE * 60 * minutes)
    front = Front(work, nights=2, frames=60, width=1920, height=1080)
    try:
        idle = ask_pages(front, lambda: True)
        quiet = front.memory("program", "VmRSS")
        crowd = with_a_crowd(front, fast)
        slowly = with_slow_lines(front, slow)
    finally:
        front.end()
    OUT.append("## Under load\n")
    OUT.append(f"Behind lighttpd and php-fpm with a login; the page, its board and the list of archives are asked for in turn, each on a line of its own. The program "
               f"has the priority that its unit gives it (nice 5), and everything, with what makes the load, shares {os.cpu_count()} cores, whose load average was {busy:.1f} before it began.\n")
    names = (f"{LISTENERS} listeners, backups one after the other, an upload of {fast.bytes / 1e9:.1f} GB as fast as it goes",
             f"{SLOW} slow connections, backups, an upload at 20 Mbit/s")
    table(["answers in ms", "p50", "p99", "most", "asked", "peak memory MiB"],
          [("nothing else", *cells(idle), f"{quiet:.0f}"), (names[0], *cells(crowd["taken"]), f"{crowd['peak']:.0f}"), (names[1], *cells(slowly["taken"]), f"{slowly['peak']:.0f}")])
    heard = crowd["heard"]
    first = max(one["first"] or 1e9 for one in heard)
    table(["", ""], [
        (f"first event of {LISTENERS} listeners who come at once: half within, all within", f"{statistics.median(one['first'] for one in heard):.0f} ms, {first:.0f} ms"),
        ("live progress and events that each of them heard, at least", f"{min(one['gauges'] for one in heard)}, {min(one['jobs'] for one in heard)}"),
        ("backups made and read back meanwhile", f"{crowd['backups']}, {slowly['backups']}"),
        (f"upload of {fast.bytes / 1e9:.2f} GB, cut {crowd['upload']['cuts']} times at random bytes and resumed, stored with the right digest",
         f"{crowd['upload']['seconds']:.0f} s, {fast.bytes / 1e6 / crowd['upload']['seconds']:.0f} MB/s"),
        (f"upload of {slow.bytes / 1e6:.0f} MB at 20 Mbit/s beside the slow connections", f"{slowly['upload']['seconds']:.0f} s"),
        ("put aside by the web server at once, at most: upload; slow readers", f"{crowd['aside'] / 1e6:.2f} MB; {slowly['aside'] / 1e6:.2f} MB"),
        ("of that written to its disk (an ext4 of its own)", "nobody counted" if crowd["written"] is None else f"{crowd['written'] / 1e6:.2f} MB; {slowly['written'] / 1e6:.2f} MB"),
        ("connections that the slow ones held in the program at first, after 45 s, after 90 s", ", ".join(map(str, slowly["held"]))),
    ])
    goal(f"page with {LISTENERS} listeners, backups and an upload", "99 of 100 within 100 ms", f"{p99(crowd['taken']):.0f} ms", p99(crowd["taken"]) < 100)
    goal(f"first event of {LISTENERS} listeners, live progress for all", "200 ms", f"{first:.0f} ms", first < 200 and all(one["gauges"] and not one["ended"] for one in heard))
    goal(f"page with {SLOW} slow connections", "99 of 100 within 100 ms", f"{p99(slowly['taken']):.0f} ms", p99(slowly["taken"]) < 100)
    grown = slowly["peak"] - slowly["before"]
    goal(f"memory for {SLOW} slow connections, a backup and an upload", "<= 32 MiB more", f"{grown:.0f} MiB", grown <= 32)
    peak = max(crowd["peak"], slowly["peak"])
    goal("peak memory of the page's server under load", "<= 64 MiB", f"{peak:.0f} MiB", peak <= 64)
    if crowd["written"] is not None:
        part = crowd["written"] / fast.bytes * 100
        goal("of an upload on the web server's disk", "<= 0.1 %", f"{part:.3f} %", part <= 0.1)


def with_a_crowd(front, archive):
    front.forget()
    written = front.spool.written()
    spool, heard, backups = Beside(watch_spool, front), Beside(listen, front, LISTENERS), Beside(back_up, front)
    dice = random.Random(20261121)
    sent = Beside(upload, front, archive, cuts=[dice.randrange(archive.bytes) for _ in range(CUTS)])
    taken = ask_pages(front, sent.is_over)
    told = {"taken": taken, "upload": sent.result(), "backups": backups.stop(), "heard": heard.stop(), "aside": spool.stop(), "peak": front.memory("program", "VmHWM")}
    told["written"] = None if written is None else front.spool.written() - written
    remove(front, told["upload"]["name"])
    return told


def with_slow_lines(front, archive):
    # Somebody needs something to read slowly.
    status, _, body = front.own("POST", "api/create", json.dumps({"type": "images"}), Content_Type="application/json")
    name = front.over(json.loads(body)["job"])["name"]
    before, written, lines = front.memory("program", "VmRSS"), front.spool.written(), front.files("program")
    front.forget()
    spool, slow, begin = Beside(watch_spool, front), Beside(be_slow, front, SLOW, name), time.monotonic()
    slow.result()
    held, due = [], [2, 45, 90]
    backups, sent = Beside(back_up, front), Beside(upload, front, archive, rate=RATE)

    def is_over():
        while due and time.monotonic() - begin >= due[0]:
            due.pop(0)
            held.append(max(0, front.files("program") - lines))
        return not due and sent.is_over()

    taken = ask_pages(front, is_over)
    told = {"taken": taken, "upload": sent.result(), "backups": backups.stop(), "aside": spool.stop(), "held": held, "before": before,
            "peak": front.memory("program", "VmHWM")}
    slow.stop()
    told["written"] = None if written is None else front.spool.written() - written
    return told


def renew(path, text):
    """The section in place of the one that is there, or at the end."""
    whole = path.read_text()
    before, _, behind = whole.partition("## Under load\n")
    behind = re.sub(r"\A.*?(?=^## |\Z)", "", behind, flags=re.S | re.M)
    path.write_text(f"{before.rstrip()}\n\n{text.strip()}\n" + (f"\n{behind}" if behind else ""))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--gb", type=float, default=10, help="GiB of the fast upload")
    options.add_argument("--minutes", type=float, default=1.5, help="of the slow upload")
    options.add_argument("--work", type=Path, default=Path("/dev/shm"), help="where to work")
    options.add_argument("--program", type=Path, help="measure this one [default: the release build, made first]")
    options = options.parse_args()
    if why := lacks():
        sys.exit(why)
    if options.program:
        measure.use(options.program)
    else:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=TOP, check=True)
    need = (options.gb * 1.1 + 1.5) * (1 << 30)
    if shutil.disk_usage(options.work).free < need:
        sys.exit(f"{options.work} has less than {need / 1e9:.0f} GB free; name another place with --work")
    work, begin = Path(tempfile.mkdtemp(prefix="allsky-load-", dir=options.work)), time.monotonic()
    try:
        section(work, options.gb, options.minutes)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    lines = ["| what | goal | reached | |", "|---|---|---|---|"]
    lines += [f"| {what} | {wanted} | {reached} | {'met' if met else '**missed**'} |" for what, wanted, reached, met in GOALS]
    OUT.insert(1, f"By `benchmarks/load.py` alone, in {(time.monotonic() - begin) / 60:.0f} minutes.\n\n" + "\n".join(lines) + "\n")
    text = "\n".join(OUT)
    print(text)
    if options.gb >= 10:
        renew(TOP / "docs/PERFORMANCE.md", text)


if __name__ == "__main__":
    main()
