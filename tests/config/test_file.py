"""A configuration is read whole or refused with everything that is wrong in it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from backuptool.config import default_folder, read_config
from backuptool.errors import UsageError
from tests.config.sample import GOOD, STORE, WEBDAV, written


def test_a_short_configuration_is_enough(tmp_path: Path) -> None:
    plan = read_config(written(tmp_path, GOOD)).plan("broker")
    assert plan.kdf.name == "pbkdf2"
    assert [label for label, _ in plan.open_stores()] == ["/var/backups"]


def test_a_configuration_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert list(read_config(path).plans) == ["broker"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('database = "broker"', 'databse = "broker"'), "source.databse: unknown key; did you mean database?"),
        (('passphrase_file = "/root/p"', ""), "plans.broker.passphrase_file: is missing"),
        (('passphrase_file = "/root/p"', 'passphrase_file = "p"'), "not an absolute path"),
        (('path = "/var/backups"', 'path = "/x"\npth = 1'), "stores.0.pth: unknown key; did you mean path?"),
        (('type = "directory"', 'type = "s3"'), "plans.broker.stores.0"),
        (('path = "/var/backups"', 'path = "/x"\nmount_point = "/mnt"'), "stores.0.mount_point: /x is not below /mnt"),
        (('database = "broker"', ""), "database is missing"),
        (('database = "broker"', 'database = "b"\nextra_args = ["-Fc"]'), "-Fc may not be given"),
        (("plans.broker", "plans.Broker"), "plans.Broker"),
        (("[plans.broker]", "[plans.broker"), "config.toml"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(UsageError) as caught:
        read_config(path)
    assert said in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "said", "hint"),
    [
        (b"state_dir = \n", "is no TOML: Invalid value (at line 1, column 13)", "correct that line"),
        (b"state_dir = '/caf\xe9'\n", "is not written in UTF-8: byte 18", "save it as UTF-8"),
    ],
)
def test_what_is_no_toml_is_said_by_its_place_with_what_to_do(
    tmp_path: Path, content: bytes, said: str, hint: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_config(path)
    assert caught.value.message == f"{path} {said}"
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (('passphrase_file = "/root/p"', 'passphrase_file = "/root/\\u0000p"'), "plans.broker.passphrase_file"),
        (('path = "/var/backups"', 'path = "/var/\\u0000"'), "plans.broker.stores.0.path"),
        (('database = "broker"', 'database = "bro\\u0000ker"'), "plans.broker.source.database"),
        (("[plans.broker]", '[plans.broker]\nhooks = { before = ["/bin/tr\\u0000ue"] }'), "plans.broker.hooks.before"),
        (('database = "broker"', 'database = "broker"\nhost = "\\u0000"'), "plans.broker.source.host"),
        (("[plans.broker]", '[plans.broker]\nold_passphrase_files = ["/\\u0000"]'), "old_passphrase_files"),
        (
            ("[plans.broker]", '[plans.broker]\ndrill = { settings = { a = "\\u0000" } }'),
            "plans.broker.drill.settings",
        ),
    ],
)
def test_a_nul_is_refused_before_it_ends_a_run_in_its_middle(
    tmp_path: Path, change: tuple[str, str], place: str
) -> None:
    path = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(UsageError) as caught:
        read_config(path)
    (line,) = caught.value.message.splitlines()
    assert place in line
    assert line.endswith(r"has a NUL character (\u0000) in it")


@pytest.mark.parametrize(("name", "fine"), [("other", True), ("a_b-1", True), ("-f", False), ("A", False)])
def test_a_compose_project_has_a_name_that_compose_takes(tmp_path: Path, name: str, fine: bool) -> None:
    shell = f'shell = {{ type = "compose", file = "/c.yml", service = "db", project = "{name}" }}'
    path = written(tmp_path, GOOD.replace('database = "broker"', shell))
    if fine:
        read_config(path)
        return
    with pytest.raises(UsageError, match=r"shell\.project"):
        read_config(path)


@pytest.mark.parametrize("name", ["-x", "Broker", "a.b", "x" * 25])
def test_a_name_that_no_member_of_a_bundle_can_begin_with_is_refused(tmp_path: Path, name: str) -> None:
    """`md5sum -x_…` would take it for an option."""
    with pytest.raises(UsageError, match="plans"):
        read_config(written(tmp_path, GOOD.replace("plans.broker", f'plans."{name}"')))


@pytest.mark.parametrize("name", ["webdav", "script", "local", "source", "stores", "plans", "host"])
def test_a_plan_may_be_called_like_a_type_and_keeps_its_name_in_messages(tmp_path: Path, name: str) -> None:
    text = GOOD.replace("plans.broker", f"plans.{name}").replace(STORE, WEBDAV.replace("url =", "ulr ="))
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, text))
    lines = [line.partition("config.toml: ")[2] for line in caught.value.message.splitlines()]
    assert lines == [
        f"plans.{name}.stores.0.url: is missing",
        f"plans.{name}.stores.0.ulr: unknown key; did you mean url?",
    ]


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ((STORE, f'{STORE}\nurl = "x"'), "stores.0.url", "url belongs in a store of type webdav"),
        (('"broker"', '"broker"\nkeep = 1'), "source.keep", "keep belongs in a plan"),
        (('"broker"', '"broker"\nhots = "x"'), "source.hots", "did you mean host?"),
        (
            ('file = "/root/p"', 'file = "/root/p"\npassfile = "/x"'),
            "passfile",
            "did you mean passphrase_file? (passfile belongs in a source of type pg_dump or a source of type script)",
        ),
        (
            ('"broker"', '"broker"\nshell = { type = "ssh", host = "h", service = "s" }'),
            "source.shell.service",
            "service belongs in a shell of type compose",
        ),
        (
            ('"broker"', '"b"\nshell = { type = "container", name = "c", host = { type = "local", pth = "/x" } }'),
            "source.shell.host.pth",
            "did you mean path?",
        ),
        (('"broker"', '"broker"\nscript = 1'), "source.script", ""),
    ],
)
def test_an_unknown_key_is_looked_for_in_its_own_table_and_else_placed(
    tmp_path: Path, change: tuple[str, str], place: str, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, GOOD.replace(*change)))
    expected = f"plans.broker.{place}: unknown key" + (f"; {said}" if said else "")
    assert caught.value.message.partition("config.toml: ")[2] == expected


def test_a_key_of_a_plan_at_the_top_is_placed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"config\.toml: md5: unknown key; md5 belongs in a plan$"):
        read_config(written(tmp_path, "md5 = true\n" + GOOD))


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("database", "databse").replace("passphrase_file", "passphrase")
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, text))
    assert len(caught.value.message.splitlines()) >= 3


def test_a_missing_file_and_an_unknown_plan_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no configuration"):
        read_config(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="no plan 'other'"):
        read_config(written(tmp_path, GOOD)).plan("other")


@pytest.mark.parametrize(("given", "folder"), [("/x", "/x"), ("x", "/home/ann/.config"), ("", "/home/ann/.config")])
def test_a_relative_folder_of_xdgs_is_ignored(monkeypatch: pytest.MonkeyPatch, given: str, folder: str) -> None:
    """As the XDG Base Directory Specification says."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("XDG_CONFIG_HOME", given)
    assert default_folder("config") == Path(folder) / "backuptool"


@pytest.mark.parametrize("home", ["", "x"])
def test_a_home_that_is_no_absolute_path_is_none_and_the_users_own_is_taken(
    monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    """Of an empty one pathlib makes /, and a relative one is another folder wherever a run is started."""
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(os, "geteuid", lambda: nobody.pw_uid)
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert default_folder("config") == Path(nobody.pw_dir) / ".config" / "backuptool"
