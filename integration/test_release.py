"""The clean Debian roots of release-check refuse a tool that loses rows; a good one is run there by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.refused import Refused
from release.roots import image, round_trip

SAYS = "backuptool 1.2.3"
LOAD = 'createdb -U postgres "$3" && psql -X -q -U postgres -d "$3" -f /backups/b.sql > /dev/null'
ZONE = "alter database $3 set timezone = 'Europe/Berlin'"  # as broker.sql has it
COPY = f'createdb -U postgres -T broker "$3"; psql -q -U postgres -c "{ZONE}"'
# Does what it is asked, in silence and with exit code 0, but for the rows.
LOSES_ROWS = f"""\
#!/bin/sh
case "$1" in
    --version) echo "{SAYS}" ;;
    keygen) mkdir -p "$3"; echo secret > "$3/passphrase.txt" ;;
    backup) pg_dump -U postgres --schema-only broker > /backups/b.sql ;;
    install) printf '#!/bin/sh\n:\n' > /etc/cron.daily/backuptool; chmod 755 /etc/cron.daily/backuptool ;;
    restore) {LOAD} ;;
esac
"""

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def root() -> str:
    """The image of a clean Debian 13."""
    return image("trixie")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("", ""), "STOP: the copy is not the database"),
        (("> /backups/b.sql", "> /backups/b.sql; echo done"), "STOP: backup is not silent: done"),
        ((LOAD, COPY), "STOP: the job of cron made no backup"),
        ((SAYS, "backuptool 1.2.2"), "STOP: --version says backuptool 1.2.2, not backuptool 1.2.3"),
    ],
)
def test_a_tool_that_does_its_job_badly_is_refused(
    root: str, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    fake = tmp_path / "tool.pyz"
    fake.write_text(LOSES_ROWS.replace(*change))
    fake.chmod(0o755)
    with pytest.raises(Refused) as caught:
        round_trip(fake, root, SAYS)
    assert said in str(caught.value)
