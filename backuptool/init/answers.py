"""What must be known of a plan before it can be written down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dav:
    """A WebDAV folder, with what `curl -K` reads, or else a user and the file of the password."""

    url: str
    curl_config: str = ""
    user: str = ""
    password_file: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on this host."""

    path: str


@dataclass(frozen=True, slots=True)
class Answers:
    """One plan. `compose_file` may be several with colons between, as compose's own COMPOSE_FILE.

    Empty: the container's own database, compose's own project name, the usual `work_dir`. `origin`: what the
    configuration was made from, for its first line. `doubts`: what of it may not be as it was, each with what to do.
    """

    plan: str
    compose_file: str
    service: str
    passphrase_file: str
    store: Dav | Folder
    project: str = ""
    database: str = ""
    work_dir: str = ""
    origin: str = ""
    user: str = ""
    doubts: tuple[str, ...] = ()
