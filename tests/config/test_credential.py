"""A secret may be where systemd puts it for a unit, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.config import check_config
from backuptool.errors import UsageError
from backuptool.passphrase import read_passphrase


def secrets(value: str) -> dict[str, object]:
    """A configuration with `value` in the place of every file that holds a secret."""
    user, token, curl = ({"type": "webdav", "url": f"https://{name}.example/"} for name in "xyz")
    return {
        "a": {
            "passphrase_file": value, "identity_file": value, "signing_key": value,
            "old_passphrase_files": [value, {"file": value}], "source": {"database": "x"},
            "stores": [
                {**user, "user": "u", "password_file": value}, {**token, "token_file": value},
                {**curl, "curl_config": value},
            ],
        }
    }  # fmt: skip


def test_a_secret_may_be_a_credential_of_the_systemd_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd.exec(5): a file of that name in $CREDENTIALS_DIRECTORY."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "night").write_text("user = a:b\n")
    (tmp_path / "night").chmod(0o440)
    table = check_config({"plans": secrets("credential:night")}, "test").plans["a"]
    found = [table.passphrase_file, table.identity_file, table.signing_key]
    found += [old.file for old in table.old_passphrase_files]
    assert found == [tmp_path / "night"] * 5
    with pytest.raises(UsageError, match="blanks"):  # the second store: it is read, and is no token
        check_config({"plans": secrets("credential:night")}, "test").plan("a").open_stores()


@pytest.mark.parametrize("value", ["credential:", "credential:../../etc/shadow", "credential:..", "credential:a:b"])
def test_what_names_no_credential_is_said_at_each_place(value: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_config({"plans": secrets(value)}, "test")
    lines = caught.value.message.splitlines()
    assert len(lines) == 8
    assert all("names no credential" in line for line in lines)


@pytest.mark.parametrize("folder", ["", "/run/credentials/other.service"])
def test_one_that_was_not_handed_out_is_said_when_it_is_read(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not before: `list` needs no passphrase, and another plan none of this one's."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", folder)
    path = check_config({"plans": secrets("credential:night")}, "test").plans["a"].passphrase_file
    assert path == Path(folder or "/run/credentials/backuptool.service") / "night"
    with pytest.raises(UsageError, match=f"the passphrase file {path} does not exist") as caught:
        read_passphrase(path)
    assert caught.value.hint == (
        "systemd hands it out: is there /etc/credstore/night? else add LoadCredential=night:PATH to the unit; "
        "by hand: systemd-run -P -p LoadCredential=night:PATH backuptool …"
    )


def test_a_file_that_holds_no_secret_is_no_credential() -> None:
    plan = {**secrets("/p")["a"], "signers": "credential:night"}  # type: ignore[dict-item] # of objects
    with pytest.raises(UsageError, match=r"signers: credential:night is not an absolute path"):
        check_config({"plans": {"a": plan}}, "test")
