"""Whether the unit that was installed knows what the configuration needs by now: a newer store is read-only to it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from backuptool.doctor.check import Doubt
from backuptool.doctor.schedule import cron_jobs, enabled
from backuptool.doctor.wrapper import same_file
from backuptool.errors import BackuptoolError
from backuptool.install.needs import needs_of
from backuptool.install.systemd import OWN_STATE

SERVICE = "etc/systemd/system/backuptool.service"
CREDENTIALS = ("LoadCredential", "LoadCredentialEncrypted", "SetCredential", "SetCredentialEncrypted")


def unit(root: Path, config: Path | None) -> str | None:
    """What the unit opens to `config`; None where no timer on the host at `root` starts it, or the unit is another's.

    Raises BackuptoolError for a folder that a run could not write to, a credential that it would not get; Doubt where
    it is another configuration that is run.
    """
    settings = list(_settings(root))
    if config is None or not enabled(root):
        return None
    install = f"backuptool --config {shlex.quote(str(config))} install systemd"
    if (other := _runs(settings)) and not same_file(other, config) and not any(cron_jobs(root)):
        raise Doubt(
            f"backuptool.timer runs the plans of {other}, not of {config}",
            hint=f"put all plans into that file; or, if those are not wanted any more: {install}",
        )
    if not _is_ours(settings, config):
        return None
    opened, needs, hint = _opened(settings), needs_of(config), f"the configuration is newer than the unit: {install}"
    if needs.barred:
        raise BackuptoolError(needs.barred, hint="backuptool uninstall systemd, then: backuptool install cron")
    for folder in (*needs.folders, *needs.stores):
        if not any(folder.is_relative_to(one) for one in opened):
            raise BackuptoolError(f"backuptool.service may not write to {folder}", hint=hint)
    if needs.tmp and dict(settings).get("PrivateTmp") == "yes":
        raise BackuptoolError(
            "backuptool.service sees a /tmp of its own, the configuration names the host's", hint=hint
        )
    for credential in needs.credentials:
        written = credential.replace("%", "%%")
        if not any(name in CREDENTIALS and value.partition(":")[0] == written for name, value in settings):
            raise BackuptoolError(f"backuptool.service gets no credential {credential}", hint=hint)
    return "backuptool.service may write where the plans do"


def _settings(root: Path) -> Iterator[tuple[str, str]]:
    """Name and value of each, those of `systemctl edit` behind those of the unit."""
    service = root / SERVICE
    for path in (service, *sorted(service.with_name(f"{service.name}.d").glob("*.conf"))):
        if path.is_file():
            for line in path.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
                name, found, value = line.partition("=")
                if found and not name.startswith(("#", ";")):
                    yield name.strip(), value.strip()


def _runs(settings: list[tuple[str, str]]) -> Path | None:
    """The configuration that is named where the unit starts the tool."""
    for words in _started(settings):
        if "--config" in words[:-1]:
            return Path(words[words.index("--config") + 1])
    return None


def _is_ours(settings: list[tuple[str, str]], config: Path) -> bool:
    """Whether it runs `config`, and is locked up as our unit is: another may write everywhere."""
    started = any(same_file(Path(word), config) for words in _started(settings) for word in words)
    return ("ProtectSystem", "strict") in settings and started


def _started(settings: list[tuple[str, str]]) -> list[list[str]]:
    """The words of each command."""
    return [_words(value.replace("$$", "$")) for value in _values(settings, "ExecStart")]


def _values(settings: list[tuple[str, str]], wanted: str) -> list[str]:
    """Those of one name; an empty one takes back what stands before it."""
    found: list[str] = []
    for name, value in settings:
        if name == wanted:
            found = [*found, value] if value else []
    return found


def _opened(settings: list[tuple[str, str]]) -> list[Path]:
    """The folders that it may write to."""
    words = [word for value in _values(settings, "ReadWritePaths") for word in _words(value)]
    found = [Path(word.lstrip("-+")) for word in words]
    return [*found, OWN_STATE] if ("StateDirectory", "backuptool") in settings else found


def _words(value: str) -> list[str]:
    """systemd.syntax(7), QUOTING; none where a quote is open: systemd passes over that line."""
    try:
        return [word.replace("%%", "%") for word in shlex.split(value)]
    except ValueError:
        return []
