"""What was written is read before anything is stored: with a disk or memory that changes it no backup is published."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.test_round_trip import Host
from tests.cli.test_stores import second, stored_in

# The real one, of whose words some come out changed.
TAR = """\
#!/bin/sh
/usr/bin/env PATH={path} tar "$@" | sed 's/{word}/{other}/'
"""


@pytest.mark.needs("tar")
@pytest.mark.parametrize(("word", "other"), [('"sequence": 1', '"sequence": 2'), ("set -eu", "set -ue")])
def test_a_bundle_that_is_not_what_was_written_is_exit_4_and_in_no_store(host: Host, word: str, other: str) -> None:
    stored_in(host, second(host))
    place = host.folder / "programs"
    place.mkdir()
    (place / "tar").write_text(TAR.format(path=os.environ["PATH"], word=word, other=other))
    (place / "tar").chmod(0o755)
    done = host.run("--config", str(host.config), "backup", PATH=f"{place}:{os.environ['PATH']}")
    said, hint = done.stderr.splitlines()
    assert (done.returncode, said.startswith("backuptool: the new bundle is not what was written: ")) == (4, True), said
    assert hint == "hint: nothing was stored; a disk or memory is bad: look into this host's log"
    stored = [path for folder in (host.store, second(host)) if folder.exists() for path in folder.iterdir()]
    assert stored == []
    assert left(host.folder / "state") == []
    host.ok("backup")


def left(state: Path) -> list[Path]:
    return [path for path in state.iterdir() if path.is_dir()]
