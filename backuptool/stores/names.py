"""Which names a store takes, and what an upload is called before it is published."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable

from backuptool.errors import StoreError

# 255 bytes is the limit of a file name on Linux; `.upload-` and 16 digits must fit behind it.
LONGEST = 255 - len(".upload-") - 16

_UPLOAD = re.compile(r"(?P<name>.+)\.upload-[0-9a-f]{16}", re.DOTALL)
_BUNDLE = re.compile(r"(?P<whose>[a-z0-9-]{1,24}_[a-z0-9-]{1,24})_\d{4}-\d\d-\d\dT\d{6}Z\.tar", re.ASCII)
OLD = re.compile(r"backup_\d{4}_\d\d_\d\dT\d\d_\d\d_\d\d\.tar", re.ASCII)  # the old procedure's
_PROBE = re.compile(r"backuptool-(?P<whose>doctor_[a-z0-9-]{1,24}_[a-z0-9-]{1,24})\.probe", re.ASCII)
_FOLDER = re.compile(r"backuptool_(?P<whose>[a-z0-9-]{1,24}_[a-z0-9-]{1,24})_[0-9a-f]{32}", re.ASCII)
_REFUSED = re.compile(r"[/\\\x00-\x1f\x7f]")


def check_name(name: str) -> None:
    """Raise StoreError unless `name` is a plain file name."""
    reason = _reason(name)
    if reason:
        raise StoreError(f"{name!r} is no name for a stored file: {reason}", hint="give the name that `list` shows")


def _reason(name: str) -> str:
    if name in {"", ".", ".."}:
        return "it names no file"
    if _REFUSED.search(name):
        return "it holds a path separator or a control character"
    if is_upload(name):
        return "unfinished uploads are named so"
    try:
        return "it is too long" if len(name.encode()) > LONGEST else ""
    except UnicodeEncodeError:
        return "it is not valid Unicode"


def upload_name(name: str) -> str:
    """A new private name for one attempt to store `name`; not `.part`, which Nextcloud refuses."""
    return f"{name}.upload-{secrets.token_hex(8)}"


def upload_name_of(name: str, folder: str) -> str:
    """What `name` is called when it was made of the chunks in `folder`, and is not published yet."""
    return f"{name}.upload-{folder[-16:]}"


def probe_name(plan: str, host: str) -> str:
    """What a file is called that is only there to see whether it can be."""
    return f"backuptool-doctor_{plan}_{host}.probe"


def is_upload(name: str) -> bool:
    """Whether `name` is that of an unfinished upload."""
    return _UPLOAD.fullmatch(name) is not None


def is_leftover(name: str, of: str) -> bool:
    """Whether `name` is an unfinished upload of the same plan and host as the bundle `of`; of a probe as a probe."""
    upload = _UPLOAD.fullmatch(name)
    return upload is not None and _whose(of) is not None and _whose(upload["name"]) == _whose(of)


def is_ours(name: str) -> bool:
    """Whether `name` is one that this tool, or the old procedure, gives to what it stores, or is storing."""
    upload = _UPLOAD.fullmatch(name)
    return _whose(upload["name"] if upload else name) is not None or OLD.fullmatch(name) is not None


def _whose(name: str) -> str | None:
    found = _BUNDLE.fullmatch(name) or _PROBE.fullmatch(name)
    return found["whose"] if found else None


def upload_folder(name: str, sha256: bytes, step: int) -> str:
    """What the chunks of `name`, of this content and of `step` bytes each, lie in: the same for whoever sends them."""
    whose = _whose(name)
    digest = hashlib.sha256(b"%d %s %s" % (step, sha256, name.encode("utf-8", "surrogateescape"))).hexdigest()[:32]
    return f"backuptool_{whose}_{digest}" if whose else f"backuptool_{digest}"


def uploads_of(of: str, folders: Iterable[str]) -> list[str]:
    """Those of these folders that hold chunks of a bundle of the same plan and host as the bundle `of`."""
    found = ((folder, _FOLDER.fullmatch(folder)) for folder in folders)
    return [folder for folder, match in found if match is not None and match["whose"] == _whose(of)]
