"""A collection's metadata: what is in it, making it, deleting from it."""

from __future__ import annotations

import logging
from datetime import datetime
from http import HTTPStatus

from backuptool.errors import StoreError
from backuptool.stores import Stored
from backuptool.stores.names import is_ours, is_upload, upload_name
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.introduction import once_known
from backuptool.stores.webdav.listing import Entry, Unreadable, date, entries
from backuptool.stores.webdav.session import Session

_log = logging.getLogger(__name__)
# What a server may say of a folder that is not of WebDAV, or not of ours.
_OF_ANOTHER = {*range(200, 408), 501}
_REWRITTEN = "a proxy in front may rewrite paths; use the address that the server itself uses"


class Collection:
    """The collection at the session's address, or at another one on the same server."""

    def __init__(self, session: Session, address: Address | None = None) -> None:
        self._session = session
        self.address = address or session.address

    def files(self) -> list[Stored] | None:
        """Every file directly in it, unfinished uploads too; None when it does not exist. Raises StoreError.

        One of others, or an unfinished upload, whose length the listing lacks has none: asking for it could fail, and
        nobody needs it. ownCloud says 425 to everything while it processes one.
        """
        found = self._children()
        return None if found is None else [self._listed(entry) for entry in found if not entry.is_collection]

    def surely(self) -> list[Stored]:
        """As `files`; empty where it does not exist and could be made.

        Raises StoreError, also where it, or a part of it, may be hidden: from a stranger who cannot show the password;
        or from a wrong one, but then the folder above is hidden too.
        """
        found = self.files()
        if self._session.keeps_password():
            hint = "check the url; a server that needs no password wants no credentials here; or make the folder"
            reason = "is not there, or the server hides it" if found is None else "may be shown to strangers in part"
            raise StoreError(f"{self.address} {reason}: the server asked for no password", hint=hint)
        if found is None and self._is_nowhere():
            hint = (
                "correct the url, or make the folder above on the server (only the last part of the path is made); or"
                " the password is wrong, for some servers hide all then"
            )
            raise StoreError(f"{self.address} is not there, nor is the folder above it", hint=hint)
        return found or []

    def _is_nowhere(self) -> bool:
        above = self.address.above
        status = self._session.retry(lambda: self._session.status("PROPFIND", above, _OF_ANOTHER, {"Depth": "0"}))
        return status == HTTPStatus.NOT_FOUND

    def folders(self) -> list[str] | None:
        """The name of every folder directly in it; None when it does not exist. Raises StoreError."""
        found = self._children()
        return None if found is None else [_name(entry) for entry in found if entry.is_collection]

    def _children(self) -> list[Entry] | None:
        found = self._found(self.address.url, "1")
        if found is None:
            return None
        own = self.address.path.rstrip("/")
        itself = [entry for entry in found if entry.path == own]
        # One elsewhere is one too many: it may be a child that the server calls by the folder's other name.
        if not itself or any(_is_elsewhere(entry, own) for entry in found):
            raise Unreadable(f"{self.address} lists another path than its own", hint=_REWRITTEN)
        if not itself[0].is_collection:
            raise StoreError(f"{self.address} is a file, not a folder", hint="check the url")
        return [entry for entry in found if _is_child(entry, own)]

    def look(self, name: str) -> Stored | None:
        """The file `name`, None when there is none. Raises StoreError."""
        url = self.address.of(name)
        found = self._found(url, "0")
        path = self.address.path + name
        entry = next((entry for entry in found or [] if entry.path == path), None)
        if found is not None and entry is None:
            raise Unreadable(f"{url} lists another path than its own", hint=_REWRITTEN)
        if entry is not None and entry.is_collection:
            raise StoreError(f"{url} is a folder, not a file")
        return self._stored(entry) if entry else None

    def create(self, headers: dict[str, str] | None = None) -> None:
        """Make the collection, in a parent that exists. Raises StoreError."""
        url, good = self.address.url, {200, 201, 204, 404, 405, 409}  # 405: by an attempt whose answer was lost
        made = self._session.retry(lambda: self._session.status("MKCOL", url, good, headers))
        if made in {404, 409}:
            hint = "make it on the server, or correct the url; only the last part of the path is made"
            raise StoreError(f"{self.address} cannot be made: the folder above it does not exist", hint=hint)

    def available(self) -> int | None:
        """Bytes that the quota leaves; None when there is no limit that the server tells. Raises StoreError."""
        found = self._found(self.address.url, "0")
        return next((entry.available for entry in found or []), None)

    def clock(self) -> datetime | None:
        """What the server's clock shows, in whole seconds; None when it does not say. Raises StoreError."""

        def ask() -> str:
            with self._session.send("PROPFIND", self.address.url, {207, 404}, {"Depth": "0"}) as response:
                self._session.read(response, self._session.limits.listing)
                return str(response.headers.get("Date", ""))

        return date(self._session.retry(ask))

    def delete(self, name: str, patience: float | None = None) -> None:
        """Remove the file `name`, if there is one. `patience` as in Session.retry. Raises StoreError."""
        url = self.address.of(name)
        self._session.retry(lambda: self._session.status("DELETE", url, {200, 202, 204, 404}), patience)

    def drop(self, name: str) -> bool:
        """Remove what is not finished; False when it cannot be now: it stays until the next run, which is said."""
        try:
            with self._session.cleaning():
                self.delete(name, patience=0)
        except StoreError as failure:
            _log.warning("an unfinished upload stays for now: %s", failure)
            return False
        return True

    def _found(self, url: str, depth: str) -> list[Entry] | None:
        unused = self.address.of(upload_name("list"))
        return once_known(self._session, unused, lambda: self._session.retry(lambda: self._propfind(url, depth)))

    def _propfind(self, url: str, depth: str) -> list[Entry] | None:
        # Without a body, which asks for all properties: Go servers reset on one before they have seen credentials.
        with self._session.send("PROPFIND", url, {207, 404}, {"Depth": depth}) as response:
            content = self._session.read(response, self._session.limits.listing)
            return entries(content, url) if response.status_code == HTTPStatus.MULTI_STATUS else None

    def _listed(self, entry: Entry) -> Stored:
        if entry.size is None and (is_upload(_name(entry)) or not is_ours(_name(entry))):
            return Stored(_name(entry), 0, entry.modified)
        return self._stored(entry)

    def _stored(self, entry: Entry) -> Stored:
        name = _name(entry)
        size = entry.size if entry.size is not None else self._session.retry(lambda: self._length(name))
        return Stored(name, size, entry.modified)

    def _length(self, name: str) -> int:
        url = self.address.of(name)
        with self._session.send("HEAD", url, {200}) as response:
            length = response.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            raise StoreError(f"{url}: the server does not say how long it is", hint="look into the server's log")
        return int(length)


def _name(entry: Entry) -> str:
    return entry.path.rpartition("/")[2]


def _is_elsewhere(entry: Entry, own: str) -> bool:
    """Or under a name that nobody can have asked for."""
    return entry.path != own and (not entry.path.startswith(f"{own}/") or "//" in entry.path[len(own) :])


def _is_child(entry: Entry, own: str) -> bool:
    folder, _, name = entry.path.rpartition("/")
    return folder == own and bool(name)
