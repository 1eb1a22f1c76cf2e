"""What a plan's backups are made and read with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backuptool.config import read_config
from backuptool.errors import UsageError
from tests.config.sample import GOOD, PASSPHRASE_FILE, RECIPIENTS, planned, written


def test_a_plan_has_a_passphrase_file_or_recipients_and_a_signing_key(tmp_path: Path) -> None:
    plan = planned(tmp_path, PASSPHRASE_FILE)
    assert (plan.passphrase_file, plan.recipients, plan.signing_key) == (Path("/root/p"), (), None)
    assert (plan.signers, plan.identity_file, plan.old_passphrase_files) == (None, None, ())
    plan = planned(tmp_path, RECIPIENTS)
    assert plan.recipients == (Path("/etc/ops.pem"), Path("/etc/boss.pem"))
    assert (plan.passphrase_file, plan.signing_key) == (None, Path("/etc/signing_key"))


def test_what_a_plan_may_have_besides_is_read(tmp_path: Path) -> None:
    for lines in (PASSPHRASE_FILE + '\nsigning_key = "/etc/signing_key"', RECIPIENTS):
        plan = planned(tmp_path, lines + '\nsigners = "/etc/allowed"\nidentity_file = "/media/identity.pem"')
        assert (plan.signers, plan.identity_file) == (Path("/etc/allowed"), Path("/media/identity.pem"))
        assert plan.signing_key == Path("/etc/signing_key")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "passphrase_file: is missing (or give recipients)"),
        ("recipients = []", "recipients: "),
        (f"{PASSPHRASE_FILE}\n{RECIPIENTS}", "passphrase_file: not beside recipients"),
        (RECIPIENTS.partition("\n")[0], "signing_key: is missing: "),
        (RECIPIENTS.replace("/etc/boss", "boss"), "recipients.1: boss.pem is not an absolute path"),
        (RECIPIENTS.replace("/etc/signing_key", "key"), "signing_key: key is not an absolute path"),
        (f'{RECIPIENTS}\nsigners = "allowed"', "signers: allowed is not an absolute path"),
        (f'{RECIPIENTS}\nidentity_file = "i.pem"', "identity_file: i.pem is not an absolute path"),
        (f'{RECIPIENTS}\nidentity = "/i.pem"', "identity: unknown key; did you mean identity_file?"),
    ],
)
def test_a_mistake_about_keys_is_named_with_its_place(tmp_path: Path, lines: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        planned(tmp_path, lines)
    (line,) = caught.value.message.splitlines()
    assert f"plans.broker.{said}" in line


def test_mistakes_about_keys_are_named_together_with_all_others(tmp_path: Path) -> None:
    text = GOOD.replace(PASSPHRASE_FILE, 'recipients = ["/r.pem"]\npassphrase_file = "/p"').replace(
        "database", "databse"
    )
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, text))
    lines = caught.value.message.splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "plans.broker.passphrase_file", "plans.broker.signing_key", "plans.broker.source.databse",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("until", "meant"),
    [
        ("2026-03-01", datetime(2026, 3, 1, 23, 59, 59, 999999, UTC)),
        ("9999-12-31", datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2026-03-01T12:00:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01 12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_an_old_passphrase_may_say_until_when_it_was_used(tmp_path: Path, until: str, meant: datetime) -> None:
    files = f'old_passphrase_files = ["/root/older", {{ file = "/root/old", until = {until} }}, {{ file = "/root/x" }}]'
    old = planned(tmp_path, f"{PASSPHRASE_FILE}\n{files}").old_passphrase_files
    assert [str(one.file) for one in old] == ["/root/older", "/root/old", "/root/x"]
    assert [one.until for one in old] == [None, meant, None]
    assert old[1].until is not None
    assert old[1].until.tzinfo == UTC


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ('"old"', "0.file: old is not an absolute path"),
        ('{ file = "old" }', "0.file: old is not an absolute path"),
        ("{ until = 2026-03-01 }", "0.file: is missing"),
        ('{ file = "/o", untill = 2026-03-01 }', "0.untill: unknown key; did you mean until?"),
        ('{ file = "/o", until = "2026-03-01" }', "0.until: must be a date, without quotes"),
        ('{ file = "/o", until = 20260301 }', "0.until: must be a date"),
        ('{ file = "/o", until = 12:00:00 }', "0.until: must be a date"),
        ('{ file = "/o", until = 0001-01-01T00:00:00+14:00 }', "0.until: is before year 1 or after 9999 in UTC"),
        ('{ file = "/o", until = 9999-12-31T23:59:59-14:00 }', "0.until: is before year 1 or after 9999 in UTC"),
        ("5", "0: must be a path, or {"),
    ],
)
def test_a_mistake_about_an_old_passphrase_is_named(tmp_path: Path, item: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        planned(tmp_path, f"{PASSPHRASE_FILE}\nold_passphrase_files = [{item}]")
    (line,) = caught.value.message.splitlines()
    assert f"plans.broker.old_passphrase_files.{said}" in line
