"""Whether a server compares the sum that comes with a file, as ownCloud 10 does, or makes one: tried, not believed."""

from __future__ import annotations

import hashlib
import io
import secrets

from backuptool.stores.names import upload_folder, upload_name
from backuptool.stores.webdav.body import Body
from backuptool.stores.webdav.cloud import Cloud
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.introduction import warm
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.sums import recalculated

_BYTE = b"\n"
_RIGHT = hashlib.sha1(_BYTE, usedforsecurity=False).hexdigest()
_WRONG = "0" * 40  # of nothing that anybody has
_TAKEN = frozenset({200, 201, 204})
# Of whatever server: 400 is ownCloud's. What else it may mean, it means of the right sum too, which comes second.
_REFUSED = frozenset(range(400, 500)) - {401, 408, 413, 423, 425, 429}


class Trial:
    """One byte goes the way that the file `name` will go, `in_chunks` or in one piece.

    What is seen on one way says nothing about the other: the sum comes with the PUT, or with the MOVE of the chunks.
    """

    def __init__(self, session: Session, cloud: Cloud, name: str, *, in_chunks: bool) -> None:
        self._session, self._name = session, name
        self._offer = self._in_chunks if in_chunks else self._in_one_piece
        self._files = Collection(session, cloud.files() if in_chunks else None)
        self._cloud, self._uploads = cloud, Collection(session, cloud.uploads())

    def passes(self) -> bool:
        """Whether a wrong sum is refused and the right one is not: else it was refused for another reason.

        Raises StoreError.
        """
        return not self._takes(_WRONG) and self._takes(_RIGHT)

    def makes_sums(self) -> bool:
        """Whether it makes a sum of what it stores, as Nextcloud does. Raises StoreError."""
        return self._session.retry(self._is_summed)

    def _takes(self, sha1: str) -> bool:
        return self._session.retry(lambda: self._offer(f"SHA1:{sha1}"))

    def _in_one_piece(self, claim: str) -> bool:
        temporary = upload_name(self._name)
        try:
            warm(self._session, self._files.address.of(temporary))
            return self._put(self._files.address.of(temporary), {"OC-Checksum": claim})
        finally:
            self._files.drop(temporary)

    def _is_summed(self) -> bool:
        files, temporary = Collection(self._session), upload_name(self._name)
        url = files.address.of(temporary)
        try:
            warm(self._session, url)
            return self._put(url, {}) and recalculated(self._session, url, 1) == hashlib.sha256(_BYTE).digest()
        finally:
            files.drop(temporary)

    def _in_chunks(self, claim: str) -> bool:
        temporary, upload = upload_name(self._name), upload_folder(self._name, secrets.token_bytes(), 1)
        folder = Collection(self._session, self._cloud.uploads(upload))
        headers = {"Destination": self._files.address.of(temporary), "OC-Total-Length": "1"}
        try:
            self._session.send("MKCOL", folder.address.url, _TAKEN, headers).close()
            if not self._put(folder.address.of("1"), headers):
                return False
            headers |= {"Overwrite": "F", "OC-Checksum": claim}
            good = {*_TAKEN, *_REFUSED}
            with self._session.send("MOVE", folder.address.of(".file"), good, headers) as answer:
                return answer.status_code in _TAKEN
        finally:
            self._uploads.drop(upload)
            self._files.drop(temporary)

    def _put(self, url: str, headers: dict[str, str]) -> bool:
        body = Body(io.BytesIO(_BYTE), 1, self._session.deadline)
        with self._session.send("PUT", url, {*_TAKEN, *_REFUSED}, headers, body=body) as answer:
            return answer.status_code in _TAKEN
