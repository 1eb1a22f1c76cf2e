"""The load phase of a restore beside `gunzip | psql` of the same dump: `python -m integration.benchmark.restore`.

In turns, after one round to warm up, each into a new database; then the comparison, which is reported apart.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from backuptool.bundle import Bundle, Keys, names
from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.freed import keep_freed
from backuptool.passphrase import read_passphrase
from backuptool.restore import compared
from backuptool.sources.completeness import complete
from backuptool.sources.server import Server
from backuptool.target import prepared
from integration.benchmark.case import Case
from integration.benchmark.database import fill, quiet
from integration.benchmark.place import here

MOST = 1.10  # times gunzip | psql
PSQL = ("-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-1")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code says whether everything worked, never how fast."""
    parser = argparse.ArgumentParser(
        prog="python -m integration.benchmark.restore", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--gigabytes", type=float, default=1.0, help="size of the plain dump, 10^9 bytes (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (%(default)s)")
    arguments = parser.parse_args(argv)
    keep_freed()
    with tempfile.TemporaryDirectory(prefix="backuptool-benchmark-") as folder, postgresql() as server:
        for line in _measure(server, Path(folder), arguments.gigabytes, arguments.rounds):
            print(line, flush=True)
    return 0


def _measure(server: PostgreSQL, folder: Path, gigabytes: float, rounds: int) -> Iterator[str]:
    place = here(server)
    quiet(place.server)
    fill(place.server, "original", gigabytes)
    case = Case(place, "original", folder / "case")
    case.configure()
    subprocess.run(case.backup(), check=True)
    (path,) = case.store.iterdir()
    target = prepared(place.server)
    with Bundle.open(path) as bundle:
        bundle.authenticate(Keys.of(read_passphrase(case.folder / "passphrase.txt")))
        compressed = folder / "dump.sql.gz"
        with compressed.open("wb") as file:
            file.writelines(bundle.plain(names.SQL))
        plain, own = [], []
        for turn in range(rounds + 1):  # the first warms up
            times = [_timed(server, work) for work in (_by_hand(server, compressed), _by_tool(target, bundle))]
            if turn:
                plain.append(times[0])
                own.append(times[1])
        ratio = statistics.median(ours / theirs for ours, theirs in zip(own, plain, strict=True))
        yield f"gunzip | psql  {statistics.median(plain):6.2f} s"
        yield f"load phase     {statistics.median(own):6.2f} s   {ratio:.2f} x, at most {MOST:.2f}"
        yield f"comparison     {_compared(server, target, bundle):6.2f} s"


def _by_hand(server: PostgreSQL, dump: Path) -> Callable[[str], None]:
    def load(database: str) -> None:
        words = [str(server.programs / "psql"), *PSQL, "-h", str(server.socket), "-U", server.user, "-d", database]
        with subprocess.Popen(["gunzip", "-c", dump], stdout=subprocess.PIPE) as gunzip:
            subprocess.run(words, stdin=gunzip.stdout, check=True)

    return load


def _by_tool(target: Server, bundle: Bundle) -> Callable[[str], None]:
    return lambda database: target.on(database).execute(complete(bundle.expanded(names.SQL)), *PSQL[-3:])


def _timed(server: PostgreSQL, load: Callable[[str], None]) -> float:
    database = f"copy_{secrets.token_hex(4)}"
    server.psql(f"create database {database}")
    server.psql("checkpoint")
    begin = time.monotonic()
    load(database)
    seconds = time.monotonic() - begin
    server.psql(f"drop database {database}")
    return seconds


def _compared(server: PostgreSQL, target: Server, bundle: Bundle) -> float:
    server.psql("create database compared")
    _by_tool(target, bundle)("compared")
    begin = time.monotonic()
    compared(bundle, target.on("compared"))
    return time.monotonic() - begin


if __name__ == "__main__":
    sys.exit(main())
