"""A file with a secret that everybody on the host may read is refused by the command that needs it, whichever it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bundle.sample import KeyRing
from tests.cli.test_round_trip import Host
from tests.stores.webdav.test_tls import certified
from tests.test_readme import CONFIGURATION

TOP, STORE = "[plans.broker]\n", "[[plans.broker.stores]]\n"
CERTIFICATE = 'client_cert = "{own}.pem"\n'
# What the plan or its only store says with a path in it, and the command that reads the file.
NEEDED = {
    "passphrase_file": ("", "backup"),
    "file": (TOP + 'old_passphrase_files = [{{ file = "{it}", until = 2026-03-01 }}]\n', "verify"),
    "identity_file": (TOP + 'identity_file = "{it}"\n', "verify"),
    "signing_key": (TOP + 'signing_key = "{it}"\n', "backup"),
    "password_file": (STORE + 'user = "u"\npassword_file = "{it}"\n', "list"),
    "token_file": (STORE + 'token_file = "{it}"\n', "list"),
    "curl_config": (STORE + 'curl_config = "{it}"\n', "list"),
    "client_key": (STORE + CERTIFICATE + 'client_key = "{it}"\n', "list"),
    "client_cert": (STORE + 'client_cert = "{it}"\n', "list"),
    "ping_url_file": (TOP + 'notify = {{ ping_url_file = "{it}" }}\n', "backup"),
}


def needing(host: Host, key: str, path: Path, own: Path) -> None:
    lines = NEEDED[key][0].format(it=path, own=own)
    text = host.config.read_text()
    if lines.startswith(STORE):
        webdav = 'type = "webdav"\nurl = "https://127.0.0.1:1/"\npatience = 0\n'
        text = text.partition(STORE)[0] + STORE + webdav + lines.removeprefix(STORE)
    elif key == "passphrase_file":
        text = text.replace(f"{host.folder}/passphrase.txt", str(path))
    else:
        text = text.replace(TOP, lines, 1)
    host.config.write_text(text)


def secret(key: str, path: Path, ring: KeyRing, own: Path) -> None:
    """A good one, so that nothing else can be wrong with it."""
    good = {
        "identity_file": ring.identity.read_text(), "signing_key": ring.signing_key.read_text(),
        "client_key": own.with_suffix(".key").read_text(), "curl_config": "user = a:b\n",
        "client_cert": own.with_suffix(".pem").read_text() + own.with_suffix(".key").read_text(),
        "ping_url_file": "http://127.0.0.1:9/x\n",
    }  # fmt: skip
    path.write_text(good.get(key, "correct horse battery staple\n"))


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.make(tmp_path_factory.mktemp("keys"))


def test_these_are_all_the_files_of_which_the_page_says_that_they_hold_a_secret() -> None:
    (named,) = re.findall(r"^Where a file holds a secret \((.*?)\)", CONFIGURATION, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", named)) == set(NEEDED)


@pytest.mark.parametrize("key", NEEDED)
def test_it_is_refused_with_the_command_that_closes_it(host: Host, ring: KeyRing, key: str) -> None:
    path, own = host.folder / "the secret", host.folder / "own"
    certified(host.folder, "own")
    secret(key, path, ring, own)
    path.chmod(0o644)
    needing(host, key, path, own)
    done = host.tool(NEEDED[key][1])
    assert f"{path} is open to everybody on this host" in done.stderr, done.stderr
    if key == "ping_url_file":  # a backup is worth more than a ping
        assert done.returncode == 0
        return
    assert (done.returncode, f"hint: chmod 600 '{path}'" in done.stderr) == (2, True), done.stderr
    path.chmod(0o600)
    assert "open to everybody" not in host.tool(NEEDED[key][1]).stderr
