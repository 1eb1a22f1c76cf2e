"""Reads the answer to a PROPFIND (RFC 4918, section 14): namespaces, never prefixes; any property may be missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from backuptool.errors import StoreError

_D = "{DAV:}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource: its decoded path without a trailing slash, and what the server says about it.

    `available`: bytes that the quota leaves there (RFC 4331), None where it sets no limit.
    """

    path: str
    is_collection: bool
    size: int | None
    modified: datetime | None
    available: int | None = None


class Unreadable(StoreError):
    """The answer is no complete multistatus."""


def entries(answer: bytes, url: str) -> list[Entry]:
    """Every resource in the answer to a PROPFIND on `url`, each once. Raises Unreadable.

    Paths are as the system has its own: what is not UTF-8 in them is kept, as surrogates.
    """
    found: dict[tuple[str, bool], Entry] = {}
    try:
        for response in _responses(answer, url):
            entry = _entry(response, url)
            before = found.setdefault((entry.path, entry.is_collection), entry)
            if before.size != entry.size and not entry.is_collection:
                raise Unreadable(f"{url} lists {entry.path!a} twice, with another size", hint=_HINT)
    # LookupError: an encoding that nobody knows. ValueError: an address that is none.
    except (ParseError, DefusedXmlException, ValueError, LookupError) as failure:
        hint = _COMPRESSED if answer.startswith(_GZIP) else _HINT
        raise Unreadable(f"{url} gave a listing that cannot be read", hint=hint) from failure
    return list(found.values())


def _responses(answer: bytes, url: str) -> Iterator[Element]:
    """One after another: an element takes a hundred times its text, so that all of them could fill the memory."""
    above: list[Element] = []
    held = 0
    text = answer.lstrip()  # an empty line of a PHP file that the server loads
    for event, element in iterparse(BytesIO(text), ("start", "end"), forbid_dtd=True):
        if event == "start":
            above.append(element)
            held += 1
            if above[0].tag != f"{_D}multistatus" or held > _MOST:
                raise Unreadable(f"{url} gave something else than a listing", hint=_HINT)
            continue
        above.pop()
        if len(above) == 1:
            if element.tag == f"{_D}response":
                yield element
            above[0].clear()
            held = 0


_MOST = 10_000  # elements of one resource; servers tell of twenty properties
_HINT = "check that the url is that of a WebDAV folder"
_GZIP = b"\x1f\x8b"
_COMPRESSED = "it comes compressed by gzip, which nobody asked for: turn that off in the server or in front of it"


def _entry(response: Element, url: str) -> Entry:
    status = response.findtext(f"{_D}status")
    if status is not None and not _is_good(status):  # 507: the server cut the listing short
        hint = "keep fewer files there" if "507" in status else "let this user read all that is there"
        raise Unreadable(f"{url} gave an incomplete listing ({status.strip()})", hint=hint)
    hrefs = [(href.text or "").strip() for href in response.iterfind(f"{_D}href")]
    if len(hrefs) != 1 or not hrefs[0]:
        raise Unreadable(f"{url} gave a listing with an entry of no name, or of several", hint=_HINT)
    href = hrefs[0]
    plain = href.replace("?", "%3F").replace("#", "%23")  # a name that was not encoded, for files have no queries
    if plain.startswith("//"):  # a server at the root of its host; a host's name never stands there (RFC 4918, 8.3)
        plain = f"/{plain.lstrip('/')}"
    path = unquote(urlsplit(urljoin(url, plain)).path, errors="surrogateescape")
    good = [propstat for propstat in response.iterfind(f"{_D}propstat") if _is_good(propstat.findtext(f"{_D}status"))]
    kinds = [prop.find(f"{_D}prop/{_D}resourcetype/{_D}collection") for prop in good]
    is_collection = any(kind is not None for kind in kinds)
    return Entry(
        path.rstrip("/"),
        is_collection,
        _size(_text(good, "getcontentlength")),
        date(_text(good, "getlastmodified")),
        _size(_text(good, "quota-available-bytes")),  # Nextcloud: negative for none
    )


def _is_good(status: str | None) -> bool:
    """`HTTP/1.1 2xx …`; no status at all counts as good."""
    words = (status or "").split()
    return words[1:2] == [] or words[1].startswith("2")


def _text(propstats: list[Element], name: str) -> str:
    found = [propstat.findtext(f"{_D}prop/{_D}{name}") for propstat in propstats]
    return next((text.strip() for text in found if text), "")


def _size(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,19}", text) else None


def date(text: str) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7) in UTC; None when it is none."""
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: before the year 1, after 9999, or seconds without end
        return None
