"""A configuration is read whole or refused with everything that is wrong in it."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from backuptool.config import Plan, check_config, read_config
from backuptool.errors import StoreError, UsageError
from backuptool.sop import VARIABLES, names_a_procedure, plan_name, tables

GOOD = """
[plans.broker]
passphrase_file = "/root/p"
[plans.broker.source]
database = "broker"
[[plans.broker.stores]]
type = "directory"
path = "/var/backups"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


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


@pytest.mark.parametrize(("name", "fine"), [("other", True), ("a_b-1", True), ("-f", False), ("A", False)])
def test_a_compose_project_has_a_name_that_compose_takes(tmp_path: Path, name: str, fine: bool) -> None:
    shell = f'shell = {{ type = "compose", file = "/c.yml", service = "db", project = "{name}" }}'
    path = written(tmp_path, GOOD.replace('database = "broker"', shell))
    if fine:
        read_config(path)
        return
    with pytest.raises(UsageError, match=r"shell\.project"):
        read_config(path)


WEBDAV = 'type = "webdav"\nurl = "https://x.example/"\ncurl_config = "/c"'
STORE = 'type = "directory"\npath = "/var/backups"'


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
        ((STORE, f'{STORE}\nurl = "x"'), "stores.0.url", "url belongs into a store of type webdav"),
        (('"broker"', '"broker"\nkeep = 1'), "source.keep", "keep belongs into a plan"),
        (('"broker"', '"broker"\nhots = "x"'), "source.hots", "did you mean host?"),
        (
            ('file = "/root/p"', 'file = "/root/p"\npassfile = "/x"'),
            "passfile",
            "did you mean passphrase_file? (passfile belongs into a source of type pg_dump or a source of type script)",
        ),
        (
            ('"broker"', '"broker"\nshell = { type = "ssh", host = "h", service = "s" }'),
            "source.shell.service",
            "service belongs into a shell of type compose",
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
    with pytest.raises(UsageError, match=r"config\.toml: md5: unknown key; md5 belongs into a plan$"):
        read_config(written(tmp_path, "md5 = true\n" + GOOD))


def test_a_bad_store_is_not_called_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, GOOD.replace('path = "/var/backups"', 'path = "backups"')))
    (line,) = caught.value.message.splitlines()
    assert "stores.0.path: backups is not an absolute path" in line
    with pytest.raises(UsageError, match=r"stores: .* at least 1 item"):
        read_config(written(tmp_path, GOOD.partition("[[")[0].replace("[plans.broker]", "[plans.broker]\nstores = []")))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("cloud.example.org/x", "no http or https address"),
        ("ftp://x/", "no http or https address"),
        ("https://ann:s3cret@x.example/", "holds a user name or password"),
        ("https://x.example/?a=1", "has a query"),
    ],
)
def test_a_stores_url_is_checked_when_the_configuration_is_read(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(written(tmp_path, GOOD.replace(STORE, WEBDAV.replace("https://x.example/", url))))
    (line,) = caught.value.message.splitlines()
    assert "plans.broker.stores.0.url: " in line
    assert said in line
    assert "s3cret" not in line


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


@pytest.mark.parametrize(
    "store",
    [
        {"user": "u"}, {"password_file": "/p"}, {}, {"user": "u", "password_file": "/p", "curl_config": "/c"},
        {"user": "u", "curl_config": "/c"}, {"token_file": "/t", "curl_config": "/c"},
        {"user": "u", "token_file": "/t"}, {"user": "u", "password_file": "/p", "token_file": "/t"},
    ],
)  # fmt: skip
def test_a_webdav_store_has_one_kind_of_credentials(store: dict[str, str]) -> None:
    plan = {
        "passphrase_file": "/p", "source": {"database": "x"},
        "stores": [{"type": "webdav", "url": "https://x.example/", **store}],
    }  # fmt: skip
    with pytest.raises(UsageError, match="either user and password_file, or token_file, or curl_config"):
        check_config({"plans": {"a": plan}}, "test")


def secrets(value: str) -> dict[str, object]:
    """A configuration with `value` in the place of every file that holds a secret."""
    webdav = {"type": "webdav", "url": "https://x.example/"}
    return {
        "a": {
            "passphrase_file": value, "identity_file": value, "signing_key": value,
            "old_passphrase_files": [value, {"file": value}], "source": {"database": "x"},
            "stores": [
                {**webdav, "user": "u", "password_file": value}, {**webdav, "token_file": value},
                {**webdav, "curl_config": value},
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


@pytest.mark.parametrize(
    ("value", "folder", "said"),
    [
        ("credential:night", "", "credential:night is there in a systemd unit with LoadCredential=night:PATH only"),
        ("credential:night", "/run/none", "credential:night is not in /run/none: add LoadCredential=night:PATH"),
        ("credential:", "/run/none", "names no credential"),
        ("credential:../../etc/shadow", "/", "names no credential"),
        ("credential:..", "/", "names no credential"),
    ],
)
def test_a_credential_that_is_not_there_is_said_at_each_place(
    value: str, folder: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", folder)
    with pytest.raises(UsageError) as caught:
        check_config({"plans": secrets(value)}, "test")
    lines = caught.value.message.splitlines()
    assert len(lines) == 8
    assert all(said in line for line in lines)


def test_a_file_that_holds_no_secret_is_no_credential() -> None:
    plan = {**secrets("/p")["a"], "signers": "credential:night"}  # type: ignore[dict-item] # of objects
    with pytest.raises(UsageError, match=r"signers: credential:night is not an absolute path"):
        check_config({"plans": {"a": plan}}, "test")


def test_a_directory_is_made_only_where_the_configuration_says_so(tmp_path: Path) -> None:
    path = f'path = "{tmp_path}/backups"'
    for more, found in (("", "does not exist"), ("create = true", ""), (f'mount_point = "{tmp_path}"', "mounted")):
        text = GOOD.replace('path = "/var/backups"', f"{path}\n{more}")
        ((_, store),) = read_config(written(tmp_path, text)).plan("broker").open_stores()
        with pytest.raises(StoreError, match=found) if found else nullcontext():
            assert store.list() == []


def test_how_long_a_server_may_be_away_is_configured(tmp_path: Path) -> None:
    (tmp_path / "password").touch(0o600)
    (tmp_path / "password").write_text("x\n")
    webdav = f'type = "webdav"\nuser = "u"\npassword_file = "{tmp_path}/password"\npatience = 0'
    text = GOOD.replace('type = "directory"', webdav).replace('path = "/var/backups"', 'url = "http://127.0.0.1:1/"')
    ((_, store),) = read_config(written(tmp_path, text)).plan("broker").open_stores()
    with pytest.raises(StoreError, match="refuses connections"):
        store.list()


PASSPHRASE_FILE = 'passphrase_file = "/root/p"'
RECIPIENTS = 'recipients = ["/etc/ops.pem", "/etc/boss.pem"]\nsigning_key = "/etc/signing_key"'


def planned(folder: Path, lines: str) -> Plan:
    return read_config(written(folder, GOOD.replace(PASSPHRASE_FILE, lines))).plan("broker")


def test_a_plan_has_a_passphrase_file_or_recipients_and_a_signing_key(tmp_path: Path) -> None:
    plan = planned(tmp_path, PASSPHRASE_FILE)
    assert (plan.passphrase_file, plan.recipients, plan.signing_key) == (Path("/root/p"), (), None)
    assert (plan.signers, plan.identity_file, plan.old_passphrase_files) == (None, None, ())
    plan = planned(tmp_path, RECIPIENTS)
    assert plan.recipients == (Path("/etc/ops.pem"), Path("/etc/boss.pem"))
    assert (plan.passphrase_file, plan.signing_key) == (None, Path("/etc/signing_key"))


def test_a_drill_may_give_its_server_settings(tmp_path: Path) -> None:
    lines = 'drill.settings = { shared_preload_libraries = "pg_cron", jit = false, max_connections = 7 }'
    given = planned(tmp_path, f"{PASSPHRASE_FILE}\n{lines}").drill.settings
    assert given == {"shared_preload_libraries": "pg_cron", "jit": "False", "max_connections": "7"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("-c x", '"y"', "must be the name of a setting"),
        ("", '"y"', "must be the name of a setting"),
        ("x=y", '"z"', "must be the name of a setting"),
        ("cron.database_name", "[1]", "settings.cron.database_name: must be a text or a number"),
        ("listen_addresses", '"*"', "where its server listens is for the drill to say"),
        ("Port", "5433", "where its server listens is for the drill to say"),
    ],
)
def test_a_mistake_about_a_drills_settings_is_named(tmp_path: Path, name: str, value: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        planned(tmp_path, f'{PASSPHRASE_FILE}\ndrill.settings."{name}" = {value}')
    (line,) = caught.value.message.splitlines()
    assert "plans.broker.drill.settings" in line
    assert said in line


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
        ("2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_an_old_passphrase_may_say_until_when_it_was_used(tmp_path: Path, until: str, meant: datetime) -> None:
    files = f'old_passphrase_files = ["/root/older", {{ file = "/root/old", until = {until} }}, {{ file = "/root/x" }}]'
    old = planned(tmp_path, f"{PASSPHRASE_FILE}\n{files}").old_passphrase_files
    assert [str(one.file) for one in old] == ["/root/older", "/root/old", "/root/x"]
    assert [one.until for one in old] == [None, meant, None]
    assert old[1].until is not None
    assert old[1].until.utcoffset() == meant.utcoffset()


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
        ("5", "0: must be a path, or {"),
    ],
)
def test_a_mistake_about_an_old_passphrase_is_named(tmp_path: Path, item: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        planned(tmp_path, f"{PASSPHRASE_FILE}\nold_passphrase_files = [{item}]")
    (line,) = caught.value.message.splitlines()
    assert f"plans.broker.old_passphrase_files.{said}" in line


SOP = {
    "COMPOSE_FILE": "/srv/compose.yml",
    "LOCAL_BACKUP_DIR": "/srv/backups",
    "REMOTE_BACKUP_URL": "https://cloud.example.org/remote.php/webdav/broker_db_backup/",
    "CURL_CONF": "/root/curl.conf",
    "PASSPHRASE_FILE": "/root/p",
}


def test_the_old_procedures_five_variables_are_a_configuration() -> None:
    plan = check_config(tables(SOP), "the environment").plan("broker-db-backup")
    assert str(plan.work_dir) == "/srv/backups"


@pytest.mark.parametrize("name", VARIABLES)
def test_a_missing_variable_of_the_five_is_named(name: str) -> None:
    rest = {key: value for key, value in SOP.items() if key != name}
    assert names_a_procedure(rest)
    with pytest.raises(UsageError, match=name):
        tables(rest)


def test_compose_file_alone_is_not_the_old_procedure() -> None:
    assert not names_a_procedure({"COMPOSE_FILE": "/srv/compose.yml"})


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x/a/Broker%20DB/", "broker-db"),
        ("https://x/a/b", "b"),
        ("https://x", "host"),
        ("https://x/v1.2/", "v1-2"),
    ],
)
def test_the_plans_name_comes_from_the_last_folder(url: str, name: str) -> None:
    assert plan_name(url) == name
