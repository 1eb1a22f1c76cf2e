"""Time, memory and temporary disk of a backup, beside the same pg_dump to /dev/null: `make benchmark`.

In turns, A B C A B C, after one round to warm up; each backup that was timed is decoded and compared with the dump.
Medians of the rounds' own ratios: a machine that others use slows both sides of a round. The exit code never depends
on speed.

Seen on two virtual cores with SHA instructions: 1.34 for numbers and times, which the server prints at 190 MB/s; 1.79
for long texts, 390 MB/s. Both cores are full then. Of a GB of those, server and pg_dump take 3.6 CPU s, the pipeline
3.4 more (two SHA-256 of each byte 1.2, gzip 1.1, its rows found and counted 0.55, md5 0.26, AES 0.2), and 1 s whatever
the size (five keys 0.6, Python and its modules 0.25).
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from backuptool.errors import BackuptoolError
from integration.benchmark.case import Case
from integration.benchmark.database import Kind, fill, quiet
from integration.benchmark.measure import measured
from integration.benchmark.place import SHELLS, Place, opened
from integration.benchmark.report import Series, table, targets

SMALLER = (0.1, 0.3)  # of the size asked for: memory must not grow with it
FLOOR, PIPELINE, WHOLE = "pg_dump > /dev/null", "dump to finished bundle", "backuptool backup"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COMMANDS = {FLOOR: Case.dump, PIPELINE: Case.bundle, WHOLE: Case.backup}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 0 whatever the speed, 1 when something did not work, 130 when interrupted."""
    arguments = _parser().parse_args(argv)
    for number in ENDING:
        signal.signal(number, _interrupt)
    try:
        with _folder() as folder, opened(arguments.shell, folder) as place:
            for line in _measure(place, folder, arguments):
                print(line, flush=True)
    except KeyboardInterrupt:
        print("interrupted; nothing was left behind", file=sys.stderr)
        return 128 + signal.SIGINT
    except BackuptoolError as error:
        print(f"{error.message}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


def _interrupt(*_: object) -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)  # a second signal must not interrupt the cleaning up
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m integration.benchmark.pipeline",
        description="Time, memory and temporary disk of a backup, beside the same pg_dump to /dev/null.",
    )
    made.add_argument("--gigabytes", type=float, default=1.0, help="size of the plain dump, 10^9 bytes (%(default)s)")
    made.add_argument("--kind", choices=get_args(Kind), default="broker", help="what is in it (%(default)s)")
    made.add_argument("--shell", choices=SHELLS, default="local", help="where the server runs (%(default)s)")
    made.add_argument("--kdf", default="pbkdf2", help="the plan's derivation: the keys are a constant (%(default)s)")
    made.add_argument("--rounds", type=_positive, default=5, help="rounds that count (%(default)s)")
    return made


def _positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return int(text)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="backuptool-benchmark-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _measure(place: Place, folder: Path, arguments: argparse.Namespace) -> Iterator[str]:
    gigabytes, rounds, kind = arguments.gigabytes, arguments.rounds, arguments.kind
    where = " in a compose service" if arguments.shell == "compose" else ""
    yield f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}; {kind}{where}, dumps of up to {gigabytes:g} GB …"
    quiet(place.server)
    kdf = arguments.kdf
    smaller = [_case(place, folder, f"share_{share * 100:.0f}", gigabytes * share, kind, kdf) for share in SMALLER]
    case = _case(place, folder, "whole", gigabytes, kind, kdf)
    _rounds(case, COMMANDS, 1)  # to warm up
    floor, *timed = _rounds(case, COMMANDS, rounds)
    yield from table(floor, timed)
    yield ""
    yield from targets(floor, timed, [_rounds(one, [PIPELINE], 1)[0] for one in smaller])


def _case(place: Place, folder: Path, database: str, gigabytes: float, kind: Kind, kdf: str) -> Case:
    fill(place.server, database, gigabytes, kind)
    case = Case(place, database, folder / database, kdf)
    case.configure()
    return case


def _rounds(case: Case, names: Iterable[str], rounds: int) -> list[Series]:
    """One series for each command, the commands taking turns."""
    expected = case.reference()
    every = [Series(name, expected.size) for name in names]
    for _ in range(rounds):
        for series in every:
            series.costs.append(measured(COMMANDS[series.name](case), case.work, case.place.postmaster))
            series.bundles.append(case.take(expected) if series.name != FLOOR else 0)
    return every


if __name__ == "__main__":
    sys.exit(main())
