"""What the measurements share: processor time, the server's processes, percentiles, and the engine's own benches."""

import json
import os
import signal
import subprocess
import threading
import time

import psycopg

URL = os.environ["AIGENTABLE_DATABASE_URL"]


def fields(pid):
    """proc(5), `/proc/pid/stat` behind the name; None when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def postmaster():
    with psycopg.connect(URL) as connection:
        backend = connection.execute("select pg_backend_pid()").fetchone()[0]
        return int(fields(backend)[1])


def children(parent):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (stat := fields(entry)) and int(stat[1]) == parent:
            found.append(int(entry))
    return found


def seconds_of(pid):
    """CPU seconds of a process so far, and of its children that have ended."""
    stat = fields(pid)
    return sum(int(value) for value in stat[11:15]) / os.sysconf("SC_CLK_TCK") if stat else 0


def postgres_seconds():
    """CPU seconds of all processes of the server so far, those that have ended included."""
    parent = postmaster()
    total = seconds_of(parent)
    for child in children(parent):
        if stat := fields(child):
            total += (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    return total


def crash_postgres():
    """Ends every process of the server at once, as a loss of power does to them, and starts it again."""
    parent = postmaster()
    everyone = [parent, *children(parent)]
    for pid in everyone:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    while any(fields(pid) and fields(pid)[0] != "Z" for pid in everyone):
        time.sleep(0.01)
    subprocess.run(["bash", "-c", os.environ["COMPARE_START_POSTGRES"]], check=True, stdout=subprocess.DEVNULL)
    if postmaster() == parent:
        raise RuntimeError(f"the server was to be killed, and process {parent} still serves")


class Killer(threading.Thread):
    """Kills the server beside a run, once `wait` returns. What fails in it fails the run: without its kill it shows nothing."""

    def __init__(self, wait):
        super().__init__(daemon=True)
        self.wait, self.error, self.at = wait, None, None

    def run(self):
        try:
            self.wait()
            self.at = time.monotonic()
            crash_postgres()
        except Exception as error:
            self.error = error

    def finish(self):
        """Called when the run is over; raises unless the server was killed within it and serves again."""
        over = time.monotonic()
        self.join(60)
        if self.error is not None:
            raise RuntimeError("the server could not be killed and started again") from self.error
        if self.is_alive() or self.at > over:
            raise RuntimeError("the run was over before the server was killed and served again")


def percentiles(latencies):
    """Of latencies in seconds, in milliseconds."""
    ordered = sorted(latencies)
    return {
        f"p{name}": ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1_000
        for name, share in (("50", 0.5), ("99", 0.99), ("99.9", 0.999))
    }


def judge(found, wanted):
    """How much of `wanted`, the numbers of each key in order, is not in `found`, or twice, or in another order."""
    lost = doubled = misordered = 0
    for key, numbers in wanted.items():
        seen, last = set(), -1
        for number in found.get(key, []):
            if number in seen:
                doubled += 1
                continue
            seen.add(number)
            misordered += number < last
            last = max(last, number)
        lost += len(set(numbers) - seen)
    return {"lost": lost, "doubled": doubled, "misordered": misordered}


def bench(binary, arguments):
    """What one of the engine's benches came to."""
    done = subprocess.run([binary, "bench", *arguments, "--json"], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"bench {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return json.loads(lines[-1])


def bench_cpu(found):
    """CPU seconds per million, of the engine and of its sessions in Postgres."""
    return found["cpu_seconds_per_million"] + sum(
        value for name, value in found["more"].items() if name.startswith("us of cpu each, postgres")
    )
