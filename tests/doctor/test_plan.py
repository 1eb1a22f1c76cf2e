"""What doctor finds about a plan, where a whole host is not needed to see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.backup import SHORT
from backuptool.doctor.subject import Subject
from tests.doctor.sample import found, planned


@pytest.mark.parametrize(("length", "grade"), [(SHORT - 1, "warning"), (SHORT, "ok")])
def test_a_passphrase_that_is_short_is_a_doubt(tmp_path: Path, length: int, grade: str) -> None:
    (tmp_path / "p").touch(mode=0o600)
    (tmp_path / "p").write_text("x" * length)
    assert found("keys", Subject(planned(tmp_path))).grade == grade


@pytest.mark.parametrize("sealed", [True, False])
def test_a_private_key_that_opens_what_anybody_may_have_sealed_is_a_doubt(tmp_path: Path, *, sealed: bool) -> None:
    """Also beside a passphrase, where earlier backups were sealed."""
    of = {"recipients": ["/r.pem"], "signing_key": "/k", "passphrase_file": None} if sealed else {}
    reads = {"identity_file": "/identity.pem", **of}
    one = found("signers", Subject(planned(tmp_path, **reads)))
    assert one.grade == "warning"
    assert one.hint.startswith("name whose signature is demanded in the plan: signers = ")
    (tmp_path / "signers").write_text("one ssh-ed25519 AAAA\n")
    named = found("signers", Subject(planned(tmp_path, **reads, signers=tmp_path / "signers")))
    assert (named.grade, named.found) == ("ok", f"backups must be signed as {tmp_path}/signers says")


def test_what_is_sealed_where_nothing_proves_it_is_a_doubt(tmp_path: Path) -> None:
    """`check` would call each of its backups critical, and say why in that night only."""
    sealed = {"recipients": ["/r.pem"], "signing_key": "/k", "passphrase_file": None}
    one = found("signers", Subject(planned(tmp_path, **sealed)))
    assert (one.grade, "`check`" in one.found) == ("warning", True)
    assert one.hint.startswith("name whose signature is demanded in the plan: signers = ")


def test_signers_that_are_nobody_are_refused(tmp_path: Path) -> None:
    (tmp_path / "signers").touch()
    assert found("signers", Subject(planned(tmp_path, signers=tmp_path / "signers"))).grade == "failed"


def test_a_plan_of_which_nothing_is_ever_removed_is_a_doubt(tmp_path: Path) -> None:
    one = found("keep", Subject(planned(tmp_path)))
    assert (one.grade, "keep = {" in one.hint) == ("warning", True)


def test_what_is_kept_is_shown_as_it_was_given(tmp_path: Path) -> None:
    one = found("keep", Subject(planned(tmp_path, keep={"last": 7, "daily": 14, "within": "3d"})))
    assert (one.grade, one.found) == ("ok", "last 7, daily 14, within 3d; the rest is removed after each backup")


def test_a_ping_is_named_and_not_sent(tmp_path: Path) -> None:
    one = found("told", Subject(planned(tmp_path, notify={"ping_url": "https://hc.example/s3cret"})))
    assert (one.grade, one.found) == ("ok", "hc.example is pinged by a run; it was not now")


def test_a_plan_that_nobody_runs_now_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    assert found("lock", Subject(planned(tmp_path))).found == "no run of this plan is under way"


def test_whose_programs_are_taken_is_said(tmp_path: Path) -> None:
    assert found("shell", Subject(planned(tmp_path))).found == "the programs of this host are taken"


def test_a_folder_of_the_shells_path_that_is_not_there_is_a_doubt(tmp_path: Path) -> None:
    """As after an upgrade of PostgreSQL: other programs are found then, or none."""
    source = {"database": "broker", "shell": {"type": "local", "path": f"{tmp_path}:{tmp_path}/17/bin"}}
    one = found("shell", Subject(planned(tmp_path, source=source)))
    assert (one.grade, one.found) == ("warning", f"{tmp_path}/17/bin, of the shell's path, is no folder on this host")
    (tmp_path / "17" / "bin").mkdir(parents=True)
    assert found("shell", Subject(planned(tmp_path, source=source))).grade == "ok"
