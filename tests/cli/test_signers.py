"""A private key opens what anybody sealed: whose signature is demanded is said by the configuration or a person."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.bundle.sample import KeyRing, make
from tests.cli.quick import TOOL
from tests.cli.test_round_trip import Host

COMMANDS = (["verify", "--file"], ["decrypt"])


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.make(tmp_path_factory.mktemp("keys"))


@pytest.fixture(autouse=True)
def tool(host: Host) -> None:
    """The tool itself: these bundles were made in this process."""
    host.argv = TOOL


@pytest.fixture
def forged(tmp_path: Path, ring: KeyRing) -> Path:
    """What somebody made who has the public key only."""
    return make(tmp_path / "forged", ring.sealing(sealed=True))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
class TestWithoutAConfiguration:
    def test_it_must_be_said_whose(self, host: Host, ring: KeyRing, forged: Path, command: list[str]) -> None:
        done = host.run(*command, str(forged), "--identity", str(ring.identity))
        assert (done.returncode, done.stdout) == (2, "")
        assert "--signers none" in done.stderr

    def test_one_that_nobody_signed_is_refused(
        self, host: Host, ring: KeyRing, forged: Path, command: list[str]
    ) -> None:
        words = ("--identity", str(ring.identity), "--signers", str(ring.signers))
        done = host.run(*command, str(forged), *words)
        assert (done.returncode, done.stdout) == (4, "")
        assert "not signed" in done.stderr

    def test_nobodys_is_demanded_when_that_is_said(
        self, host: Host, ring: KeyRing, forged: Path, command: list[str]
    ) -> None:
        words = ("--identity", str(ring.identity), "--signers", "none")
        done = host.run(*command, str(forged), *words)
        assert done.returncode == 0, done.stderr

    def test_a_signed_one_is_taken(self, host: Host, ring: KeyRing, tmp_path: Path, command: list[str]) -> None:
        good = make(tmp_path / "good", ring.sealing(sealed=True, signed=True))
        words = ("--identity", str(ring.identity), "--signers", str(ring.signers))
        done = host.run(*command, str(good), *words)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_configurations_signers_are_demanded_of_a_file_too(
    host: Host, ring: KeyRing, forged: Path, command: list[str]
) -> None:
    shutil.copy(ring.signers, host.folder / "allowed_signers")
    plan = f'[plans.broker]\nsigners = "{host.folder}/allowed_signers"\n'
    host.config.write_text(host.config.read_text().replace("[plans.broker]\n", plan))
    done = host.tool(*command, str(forged), "--identity", str(ring.identity))
    assert (done.returncode, "a signature by one of the signers is demanded" in done.stderr) == (4, True), done.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_plan_with_a_passphrase_says_nothing_of_what_is_sealed(
    host: Host, ring: KeyRing, forged: Path, command: list[str]
) -> None:
    done = host.tool(*command, str(forged), "--identity", str(ring.identity))
    assert (done.returncode, done.stdout, "--signers none" in done.stderr) == (2, "", True), done.stderr


@pytest.mark.parametrize(
    "words", [["verify", "broker"], ["restore", "--into", "copy", "--file"]], ids=lambda words: words[0]
)
def test_nor_does_it_where_it_is_named_or_says_into_which_server(
    host: Host, ring: KeyRing, forged: Path, words: list[str]
) -> None:
    host.store.mkdir()
    stored = shutil.copy(forged, host.store)
    which = str(stored) if "--file" in words else forged.name
    done = host.tool(*words, which, "--identity", str(ring.identity))
    assert (done.returncode, done.stdout, "--signers none" in done.stderr) == (2, "", True), done.stderr


def test_where_the_plans_demand_different_ones_it_must_be_said_whose(host: Host, ring: KeyRing, forged: Path) -> None:
    text = host.config.read_text()
    other = text[text.index("[plans.broker]") :].replace("plans.broker", "plans.other")
    other = other.replace("[plans.other]\n", f'[plans.other]\nsigners = "{ring.signers}"\n')
    host.config.write_text(text + other)
    done = host.tool("verify", "--file", str(forged), "--identity", str(ring.identity))
    assert (done.returncode, "--signers" in done.stderr) == (2, True), done.stderr
