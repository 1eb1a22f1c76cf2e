"""A unit that was installed for an older configuration is found before the night."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from backuptool.doctor.check import Doubt
from backuptool.doctor.unit import SERVICE, unit
from backuptool.errors import BackuptoolError, UsageError
from backuptool.install.needs import needs_of, refuse_missing
from backuptool.install.systemd import Needs, in_tmp, systemd
from backuptool.nightly import NIGHTLY

STORE = '[[plans.broker.stores]]\ntype = "directory"\npath = "{}"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose folders have names that must be quoted, and its unit, in a root of its own."""
    folder = tmp_path / 'a "b" 100% $c'
    for name in ("state", "first", "second"):
        (folder / name).mkdir(parents=True)
    path = folder / "config.toml"
    state, first = (str(folder / name).replace('"', '\\"') for name in ("state", "first"))
    path.write_text(
        f'state_dir = "{state}"\n[plans.broker]\npassphrase_file = "/p"\nsource = {{ database = "x" }}\n'
        + STORE.format(first)
    )
    installed(tmp_path, path)
    return path


def installed(root: Path, config: Path) -> None:
    for file in systemd(("backuptool",), config, needs_of(config), NIGHTLY, root):
        (root / str(file.path).lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (root / str(file.path).lstrip("/")).write_text(file.text)
    (root / SERVICE).with_name("timers.target.wants").mkdir(exist_ok=True)
    (root / SERVICE).with_name("timers.target.wants").joinpath("backuptool.timer").touch()


def with_a_second_store(config: Path) -> Path:
    second = config.parent / "second"
    config.write_text(config.read_text() + STORE.format(str(second).replace('"', '\\"')))
    return second


def test_one_that_was_installed_for_it_is_well(tmp_path: Path, config: Path) -> None:
    assert unit(tmp_path, config) == "backuptool.service may write where the plans do"


def test_a_store_that_came_later_is_named(tmp_path: Path, config: Path) -> None:
    second = with_a_second_store(config)
    with pytest.raises(BackuptoolError) as caught:
        unit(tmp_path, config)
    assert caught.value.message == f"backuptool.service may not write to {second}"
    assert caught.value.hint.endswith(" install systemd")
    installed(tmp_path, config)
    assert unit(tmp_path, config)


def test_what_somebody_has_added_to_the_unit_counts(tmp_path: Path, config: Path) -> None:
    with_a_second_store(config)
    more = tmp_path / f"{SERVICE}.d" / "override.conf"
    more.parent.mkdir()
    more.write_text(f"[Service]\n# ReadWritePaths=/\nReadWritePaths={tmp_path}\n")
    assert unit(tmp_path, config)
    for line in (
        f"# ReadWritePaths={tmp_path}",
        f'ReadWritePaths="{tmp_path}',
        f"ReadWritePaths={tmp_path}\nReadWritePaths=",
    ):
        more.write_text(f"[Service]\n{line}\n")
        with pytest.raises(BackuptoolError):
            unit(tmp_path, config)


def test_a_credential_that_came_later_is_named(tmp_path: Path, config: Path) -> None:
    config.write_text(config.read_text().replace('"/p"', '"credential:secret"'))
    with pytest.raises(BackuptoolError, match="gets no credential secret"):
        unit(tmp_path, config)
    installed(tmp_path, config)
    assert unit(tmp_path, config)


def test_a_credentials_percent_sign_is_no_specifier_of_systemd(tmp_path: Path, config: Path) -> None:
    """systemd.unit(5), SPECIFIERS."""
    config.write_text(config.read_text().replace('"/p"', '"credential:a%b"'))
    installed(tmp_path, config)
    written = [line.partition(":")[0] for line in (tmp_path / SERVICE).read_text().splitlines()]
    assert "LoadCredential=a%%b" in written
    assert unit(tmp_path, config)


def test_the_command_for_a_folder_that_is_not_there_can_be_pasted(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_missing(Needs((tmp_path / "a 'b'",)))
    assert shlex.split(caught.value.hint)[-1] == f"{tmp_path}/a 'b'"


def test_what_is_in_the_hosts_tmp_is_seen_by_the_unit(tmp_path: Path, config: Path) -> None:
    """A socket of PostgreSQL as it comes from its own sources, the folder of an old script."""
    root, elsewhere = tmp_path, Path("/etc/backuptool/config.toml")
    for needs, seen in ((Needs(()), "PrivateTmp=yes"), (Needs((), tmp=True), "PrivateTmp=no")):
        service, _ = systemd(("/usr/local/bin/backuptool",), elsewhere, needs, NIGHTLY, root)
        assert seen in service.text.splitlines()
        own = "Environment=TMPDIR=/run/backuptool" in service.text.splitlines()
        assert own is needs.tmp, "the host's is read-only, and ssh-keygen and hooks need room for temporary files"
    config.write_text(config.read_text().replace('database = "x"', 'database = "x", host = "/tmp"'))
    assert needs_of(config).tmp
    installed(root, config)
    assert unit(root, config)
    path = root / SERVICE
    path.write_text(path.read_text().replace("PrivateTmp=no", "PrivateTmp=yes"))
    with pytest.raises(BackuptoolError, match="sees a /tmp of its own"):
        unit(root, config)


@pytest.mark.parametrize(
    ("word", "inside"),
    [
        *(("/tmp", True), ("/var/tmp/x", True), ("/srv/a:/tmp/b", True)),  # noqa: S108
        *(("/tmpfs/x", False), ("/srv/tmp", False), ("tmp", False)),  # noqa: S108
    ],
)
def test_only_the_two_folders_that_systemd_hides_are_tmp(word: str, inside: bool) -> None:
    assert in_tmp(word) is inside


def test_a_folder_in_the_state_that_systemd_makes_is_open(tmp_path: Path, config: Path) -> None:
    config.write_text(config.read_text().partition("\n")[2])  # without state_dir it is root's, /var/lib/backuptool
    config.write_text(f'state_dir = "/var/lib/backuptool/x"\n{config.read_text()}')
    installed(tmp_path, config)
    assert unit(tmp_path, config)


def test_a_timer_that_names_this_configuration_otherwise_runs_it(tmp_path: Path, config: Path) -> None:
    link = tmp_path / "linked.toml"
    link.symlink_to(config)
    assert unit(tmp_path, link)
    installed(tmp_path, link)
    assert unit(tmp_path, config)


def test_a_timer_that_runs_another_configuration_is_told_unless_cron_runs_something(
    tmp_path: Path, config: Path
) -> None:
    other = config.parent / "other.toml"
    other.write_text(config.read_text())
    with pytest.raises(Doubt) as told:
        unit(tmp_path, other)
    assert told.value.message == f"backuptool.timer runs the plans of {config}, not of {other}"
    job = tmp_path / "etc/cron.daily/backup"
    job.parent.mkdir(parents=True)
    job.write_text("#!/bin/sh\nexec backuptool backup\n")
    assert unit(tmp_path, other) is None


def test_where_nothing_starts_it_or_it_is_anothers_nothing_is_said(tmp_path: Path, config: Path) -> None:
    with_a_second_store(config)
    (config.parent / "other.toml").write_text(config.read_text())
    assert unit(tmp_path, None) is None
    service = tmp_path / SERVICE
    service.write_text(service.read_text().replace("ProtectSystem=strict", ""))
    assert unit(tmp_path, config) is None
    installed(tmp_path, config.parent / "other.toml")
    (tmp_path / "etc/systemd/system/timers.target.wants/backuptool.timer").unlink()
    assert unit(tmp_path, config.parent / "other.toml") is None


def test_what_a_systemctl_edit_starts_in_its_place_is_what_is_run(tmp_path: Path, config: Path) -> None:
    other = config.parent / "other.toml"
    other.write_text(config.read_text())
    edited = tmp_path / f"{SERVICE}.d" / "override.conf"
    edited.parent.mkdir()
    edited.write_text("[Service]\nExecStart=\nExecStart=/usr/local/bin/backuptool --config /etc/b.toml backup\n")
    with pytest.raises(Doubt, match=r"runs the plans of /etc/b\.toml, not of ") as told:
        unit(tmp_path, config)
    assert told.value.hint.endswith("install systemd")
    edited.write_text(
        edited.read_text().replace("/etc/b.toml", shlex.quote(str(other).replace("%", "%%").replace("$", "$$")))
    )
    assert unit(tmp_path, other) == "backuptool.service may write where the plans do"


def test_what_enters_namespaces_is_barred_from_the_unit(tmp_path: Path, config: Path) -> None:
    """/snap/bin/docker is a link to /usr/bin/snap, which gains privileges to make namespaces."""
    (tmp_path / "snap").write_text("#!/bin/sh\n")
    (tmp_path / "snap").chmod(0o755)
    (tmp_path / "docker").symlink_to("snap")
    shell = f'shell = {{ type = "container", name = "db", host = {{ type = "local", path = "{tmp_path}" }} }}'
    config.write_text(config.read_text().replace('database = "x"', f'database = "x", {shell}'))
    with pytest.raises(BackuptoolError) as caught:
        unit(tmp_path, config)
    assert caught.value.message == "docker from a snap cannot be started under the unit's rules"
    assert caught.value.hint.endswith("backuptool install cron")
    (tmp_path / "docker").unlink()
    assert unit(tmp_path, config)
