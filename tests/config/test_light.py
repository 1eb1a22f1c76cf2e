"""What a command loads before it does anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STORES = {
    "directory": 'type = "directory"\npath = "/srv/x"',
    "webdav": 'type = "webdav"\nurl = "https://example.org/x/"\nuser = "a"\npassword_file = "/none"',
}
LOADED = """
import sys
from pathlib import Path
from backuptool.config import read_config
read_config(Path(sys.argv[1])).plan("a")
import backuptool.announced
print("requests" in sys.modules)
"""


@pytest.mark.parametrize(("store", "loads"), [("directory", False), ("webdav", True)])
def test_no_http_library_is_loaded_for_a_plan_without_webdav(tmp_path: Path, store: str, *, loads: bool) -> None:
    config = tmp_path / "config.toml"
    ping = '[plans.a.notify]\nping_url = "https://example.org/x"'
    config.write_text(
        '[plans.a]\npassphrase_file = "/none"\nsource = { type = "pg_dump", database = "x" }\n'
        f"{ping}\n[[plans.a.stores]]\n{STORES[store]}\n"
    )
    done = subprocess.run([sys.executable, "-c", LOADED, str(config)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{loads}\n", "")
