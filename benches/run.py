#!/usr/bin/env python3
"""Measures rvpscope as whole processes, side by side with the physical limit and with the peers that are installed, and prints the table.

    benches/run.py [--dir DIR] [--sizes 300,1000] [--runs 5] [--peers] [--only ROW,...]

DIR holds bench-big.pcap, or gets one, made by the generator in the folder that RVPSCOPE_SHARED names (else ../shared). Sizes are megabytes,
prefixes of that capture; the last one is the one that is compared. Every figure is the median of the runs, taken in turn with what it is
compared with, files in the page cache. Ratios of one run on one machine mean something; seconds hardly do. See README.md beside this file.
"""

import argparse
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("RVPSCOPE_SHARED", ROOT.parent / "shared"))
US = str(ROOT / "target" / "release" / "rvpscope")
MIB = 1 << 20


class Run:
    """One finished process: wall and processor time in seconds, peak memory in MiB, exit code."""

    def __init__(self, wall, cpu, mib, status):
        self.wall, self.cpu, self.mib, self.status = wall, cpu, mib, status


# What starts a command and measures it: a process of its own, since the peak memory of a process counts from what its parent had.
LAUNCHER = """
import json, os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
import signal
signal.signal(signal.SIGALRM, lambda *_: process.kill())
signal.alarm(int(sys.argv[1]))
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
print(json.dumps([wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]))
"""


def run(command, timeout=900):
    """Runs a command with its output thrown away."""
    out = subprocess.run([sys.executable, "-S", "-c", LAUNCHER, str(timeout), *command], capture_output=True, text=True, check=True).stdout
    return Run(*json.loads(out))


def in_turn(commands, runs):
    """Runs the commands in turn, so that a change of the machine's speed hits all of them. Gives each one's runs."""
    results = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            results[name].append(run(command))
    return results


def median(runs, what):
    return statistics.median(getattr(run, what) for run in runs)


def warm(path):
    with open(path, "rb") as file:
        while file.read(16 * MIB):
            pass


def records(data):
    """Where each record of a classic little-endian capture ends."""
    at = 24
    length = struct.Struct("<8xI")
    while at + 16 <= len(data):
        at += 16 + length.unpack_from(data, at)[0]
        if at > len(data):
            return
        yield at


def prefix(big, path, size):
    """The first `size` bytes of a capture, cut at a record."""
    if path.exists():
        return
    with open(big, "rb") as file:
        data = file.read(size)
    end = 24
    for end in records(data):
        pass
    path.write_bytes(data[:end])


def pieces(capture, folder, count):
    """The same packets as `capture`, in that many files one behind the other."""
    data = capture.read_bytes()
    header = data[:24]
    share = (len(data) - 24) / count
    start = 24
    number = 0
    folder.mkdir()
    for end in records(data):
        if end - 24 >= share * (number + 1):
            (folder / f"{number:05}.pcap").write_bytes(header + data[start:end])
            start = end
            number += 1
    if start < len(data):
        (folder / f"{number:05}.pcap").write_bytes(header + data[start:])


def build(folder):
    """Builds rvpscope and, if its source is there, the physical limit. Gives the latter's path."""
    subprocess.run(["cargo", "build", "--release", "--locked", "--manifest-path", str(ROOT / "Cargo.toml")], check=True)
    source = SHARED / "bench" / "limit.rs"
    if not source.exists():
        print(f"skipped: everything that is compared with the physical limit, for there is no {source}")
        return None
    limit = folder / "limit"
    subprocess.run(["rustc", "--edition", "2021", "-O", "-C", "target-cpu=native", "-o", str(limit), str(source)], check=True)
    return str(limit)


def captures(folder, sizes):
    """The captures of these sizes (in megabytes)."""
    big = folder / "bench-big.pcap"
    if not big.exists() or big.stat().st_size < max(sizes) * 950_000:
        generator = SHARED / "bench" / "make-bench.sh"
        if not generator.exists():
            sys.exit(f"{big}: there is no such capture, and no {generator} to make it; put one there, or name the folder with --dir")
        subprocess.run([str(generator), str(folder), str(max(sizes)), "1"], check=True)
    found = {}
    for size in sizes:
        path = folder / f"bench-{size}.pcap"
        prefix(big, path, size * 1_000_000)
        warm(path)
        found[size] = path
    return found


def ours(capture, *options):
    return [US, "analyze", *options, str(capture)]


class Table:
    def __init__(self):
        print(f"{'measure':<58} {'found':>12} {'first':>7} {'goal':>7}")

    def row(self, measure, found, first, goal, unit="x"):
        marks = " ok" if goal is not None and found <= goal else " first" if first is not None and found <= first else " SHORT"
        limit = lambda value: "" if value is None else f"{value:g}"
        print(f"{measure:<58} {found:>9.2f} {unit:<3}{limit(first):>6} {limit(goal):>7}{marks if first is not None else ''}", flush=True)


def exactness(capture, table):
    """Requests and answers, with any number of threads, against the independent count."""
    sums = []
    for threads in (1, 2, 3, 8):
        output = subprocess.run(ours(capture, "-q", "--format", "ndjson", "-j", str(threads)), capture_output=True, check=True).stdout
        sums.append(output)
    print(f"identical output with 1, 2, 3 and 8 threads: {'yes' if len(set(sums)) == 1 else 'NO'}")
    totals = next(line for line in map(json.loads, sums[0].splitlines()) if line["record"] == "totals")
    answered = sum(count for what, count in totals["requests"]["by_method_and_status"].items() if not what.endswith(" none"))
    answered += sum(totals["callbacks"]["by_outcome"][outcome] for outcome in ("delivered", "http_error"))
    counter = SHARED / "bench" / "truth.py"
    if counter.exists():
        truth = subprocess.run([sys.executable, str(counter), str(capture)], capture_output=True, text=True, check=True).stdout
        expected = int(truth.splitlines()[-1].split()[1])
        print(f"answered requests and callbacks: {answered}, responses by the independent count: {expected}: {'equal' if answered == expected else 'NOT EQUAL'}")


def compare(limit, sizes, files, runs, table, wanted):
    largest = files[max(sizes)]
    plain = ours(largest, "-q", "-j", "1")
    if wanted("time") and limit:
        two = ours(largest, "-q", "-j", "2")
        found = in_turn({"limit": [limit, "b", str(largest)], "one": plain, "two": two}, runs)
        floor = median(found["limit"], "wall")
        one, two = (median(found[name], "wall") for name in ("one", "two"))
        print(f"{'':<58} limit b {floor:.2f} s, one thread {one:.2f} s (cpu {median(found['one'], 'cpu'):.2f}), two {two:.2f} s (cpu {median(found['two'], 'cpu'):.2f})")
        table.row("1 thread, wall against limit b", one / floor, 5.7, 3.0)
        table.row("2 threads, wall against limit b", two / floor, 3.4, 1.8)
    if wanted("ndjson"):
        found = in_turn({"plain": plain, "ndjson": ours(largest, "--format", "ndjson", "-j", "1")}, max(1, runs // 2))
        table.row("NDJSON against plain analysis (1 thread)", median(found["ndjson"], "wall") / median(found["plain"], "wall"), 1.7, 1.3)
    if wanted("memory"):
        for size in sizes:
            table.row(f"peak memory, ndjson, {size} MB", run(ours(files[size], "--format", "ndjson")).mib, 48, 24, "MiB")
        size = sizes[0]
        table.row(f"peak memory, json, {size} MB", run(ours(files[size], "--format", "json")).mib, None, None, "MiB")
    if wanted("folder"):
        with tempfile.TemporaryDirectory(dir=largest.parent) as scratch:
            folder = Path(scratch) / "pieces"
            pieces(largest, folder, 10_000)
            found = in_turn({"folder": ours(folder, "-q"), "file": ours(largest, "-q")}, max(1, runs // 2))
            table.row("10,000 small files against one big file", median(found["folder"], "wall") / median(found["file"], "wall"), 1.5, 1.1)
    if wanted("start"):
        single = largest.parent / "bench-one-packet.pcap"
        data = largest.read_bytes()[:70_000] if largest.stat().st_size < 70_000 else open(largest, "rb").read(70_000)
        single.write_bytes(data[: next(records(data))])
        table.row("one-packet file, start to end", 1000 * median(in_turn({"us": ours(single)}, max(9, runs))["us"], "wall"), 10, 5, "ms")


# What other programs are asked for: the nearest thing each of them can do.
PEERS = {
    "tcpdump --count": lambda file: ["tcpdump", "-n", "-r", file, "--count"],
    "capinfos -A": lambda file: ["capinfos", "-A", file],
    "ngrep (no reassembly)": lambda file: ["ngrep", "-q", "-t", "-I", file, "SUBSCRIBE"],
    "tcpflow (files only)": lambda file: ["tcpflow", "-r", file, "-o", tempfile.mkdtemp()],
    "sngrep (finds no SIP)": lambda file: ["sngrep", "-N", "-q", "-I", file],
    "sipnab (finds no SIP)": lambda file: ["sipnab", "-N", "-F", "-I", file, "--cores", "2", "--portrange", "1-65535", "--report", "--no-cli-print"],
    "suricata (eve http)": lambda file: ["suricata", "-S", "/dev/null", "-k", "none", "--runmode", "autofp", "-l", tempfile.mkdtemp(), "-r", file],
    "tshark -z conv,tcp": lambda file: ["tshark", "-n", "-r", file, "-q", "-z", "conv,tcp"],
    "tshark -Y http fields": lambda file: ["tshark", "-n", "-r", file, "-Y", "http", "-T", "fields", "-e", "tcp.stream", "-e", "http.request.method",
                                           "-e", "http.request.uri", "-e", "http.response.code", "-e", "http.content_length"],
}


def peers(capture):
    ours_first = run(ours(capture, "-q"))
    print(f"\n{'on ' + capture.name:<34} {'wall s':>8} {'cpu s':>8} {'MiB':>7}  against us")
    print(f"{'rvpscope analyze -q':<34} {ours_first.wall:>8.2f} {ours_first.cpu:>8.2f} {ours_first.mib:>7.0f}")
    for name, command in PEERS.items():
        words = command(str(capture))
        if shutil.which(words[0]) is None:
            print(f"{name:<34} not installed")
            continue
        found = run(words, timeout=600)
        failed = "" if found.status == 0 else f" (ended with {found.status})"
        print(f"{name:<34} {found.wall:>8.2f} {found.cpu:>8.2f} {found.mib:>7.0f}  {found.wall / ours_first.wall:.1f}x{failed}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=Path, default=ROOT / "target" / "bench")
    parser.add_argument("--sizes", default="300,1000")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", action="store_true", help="also the peers that are installed, on the smallest capture")
    parser.add_argument("--only", help="these rows only: exact, time, ndjson, memory, folder, start")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    only = options.only.split(",") if options.only else None
    wanted = lambda row: only is None or row in only
    options.dir.mkdir(parents=True, exist_ok=True)
    limit = build(options.dir)
    files = captures(options.dir, sizes)
    table = Table()
    if wanted("exact"):
        exactness(files[max(sizes)], table)
    compare(limit, sizes, files, options.runs, table, wanted)
    if options.peers:
        peers(files[sizes[0]])


if __name__ == "__main__":
    main()
