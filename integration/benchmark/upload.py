"""What an upload costs beside `curl -T` of the same file: `python -m integration.benchmark.upload`.

Against Apache (digest), in turns: curl's PUT, the store's PUT alone (`verify = "size"`), the whole of it (read back).
Then, against the fake Nextcloud, an upload in chunks: its memory, and what a second process sends after a kill.
"""

from __future__ import annotations

import argparse
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from backuptool.stores import Proof
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.limits import Limits
from backuptool.stores.webdav.store import WebDavStore
from integration.conftest import DAV_PASSWORD, DAV_USER
from integration.davservers import CREDENTIALS, Served
from integration.davservers.apache import apache
from tests.stores.davserver import CREDENTIALS as CLOUD_CREDENTIALS
from tests.stores.nextcloud import Nextcloud, nextcloud

MIB, GIB = 1 << 20, 1 << 30
BLOCK = bytes(range(256)) * 4096
ROUNDS = 5
MOST_MEMORY = 100  # MiB


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code says whether everything worked, never how fast."""
    parser = argparse.ArgumentParser(prog="python -m integration.benchmark.upload", description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=1.0, help="of the file that goes to Apache (%(default)s)")
    parser.add_argument("--chunked", type=float, default=3.0, help="GiB that go up in chunks (%(default)s)")
    parser.add_argument("put", nargs="*", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.put:
        _put(*arguments.put)
        return 0
    with tempfile.TemporaryDirectory(prefix="backuptool-benchmark-") as name:
        for line in (*_beside_curl(Path(name), arguments.gigabytes), *_chunked(Path(name), arguments.chunked)):
            print(line, flush=True)
    return 0


def _beside_curl(folder: Path, gigabytes: float) -> Iterator[str]:
    file = _file(folder / "file", int(gigabytes * 1e9))
    config = folder / "curl"
    config.write_text(f"user = {_quoted(f'{DAV_USER}:{DAV_PASSWORD}')}\ndigest\nsilent\nfail\n")
    with apache("Digest") as server:
        url, place = server.collection()
        WebDavStore(url, CREDENTIALS).check("file", 1)

        def curl() -> None:
            argv = ["curl", "-K", str(config), "-T", str(file), f"{url}/{secrets.token_hex(8)}"]
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)

        def put(proof: Proof) -> Callable[[], None]:
            return lambda: _check(WebDavStore(url, CREDENTIALS, verify=proof).put(file, secrets.token_hex(8)), proof)

        ways = {"curl -T": curl, "put, size only": put("size"), "put, read back": put("download")}
        times: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(ROUNDS + 1):  # the first warms up
            for name, way in ways.items():
                seconds = _timed(way)
                _empty(place)
                if turn:
                    times[name].append(seconds)
    floor = statistics.median(times["curl -T"])
    for name, taken in times.items():
        ratio = statistics.median(one / two for one, two in zip(times["curl -T"], taken, strict=True))
        yield f"{name:16} {statistics.median(taken):6.2f} s   {ratio:5.2f} x the speed of curl"
    yield f"{gigabytes:g} GB at {gigabytes / floor * 1000:.0f} MB/s; target for the PUT alone: at least 0.8"
    file.unlink()


def _chunked(folder: Path, gibibytes: float) -> Iterator[str]:
    file = _file(folder / "bundle", int(gibibytes * GIB))
    size = file.stat().st_size
    with nextcloud(folder / "cloud") as cloud:
        begin = time.monotonic()
        subprocess.run(_argv(cloud, file), check=True)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        took = time.monotonic() - begin
        yield f"{size / GIB:g} GiB in chunks: {took:.1f} s, {memory:.0f} MiB of memory (at most {MOST_MEMORY})"
        _check(sum(chunk.sent for chunk in cloud.chunks()), size)
        _empty(Served(cloud.folder))
        cloud.requests.clear()
        arrived = _killed_half_way(cloud, file)
        sent = sum(chunk.sent for chunk in cloud.chunks())
        subprocess.run(_argv(cloud, file), check=True)
        again = sum(chunk.sent for chunk in cloud.chunks()) - sent
        yield f"killed when {arrived / MIB:.0f} MiB had arrived: the next process sent {again / MIB:.0f} MiB"
        yield f"all of it is {size / MIB:.0f} MiB; the difference: {(arrived + again - size) / MIB:+.0f} MiB"


def _killed_half_way(cloud: Nextcloud, file: Path) -> int:
    """Kill an upload when half has arrived; the bytes of the chunks that are whole."""
    with subprocess.Popen(_argv(cloud, file)) as first:
        while sum(path.stat().st_size for path in cloud.uploads.glob("*/*")) < file.stat().st_size / 2:
            _check(first.poll(), None)
            time.sleep(0.01)  # for an event of another process
        first.kill()
    while cloud.at_once:
        time.sleep(0.01)  # until the server has seen that nothing more comes
    return sum(path.stat().st_size for path in cloud.uploads.glob("*/*"))


def _argv(cloud: Nextcloud, file: Path) -> list[str]:
    return [sys.executable, "-m", "integration.benchmark.upload", cloud.url, str(file)]


def _put(url: str, file: str) -> None:
    way: Way = "chunked"
    credentials: Credentials = CLOUD_CREDENTIALS
    WebDavStore(url, credentials, Limits(), upload=way).put(Path(file), "bundle")


def _file(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        for start in range(0, size, len(BLOCK)):
            file.write(BLOCK[: size - start])
    return path


def _empty(place: Served) -> None:
    for path in place.path.iterdir():
        path.unlink()


def _timed(work: Callable[[], object]) -> float:
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _check(found: object, expected: object) -> None:
    if found != expected:
        raise SystemExit(f"{found} instead of {expected}")


if __name__ == "__main__":
    sys.exit(main())
