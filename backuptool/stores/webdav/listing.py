"""Reads the answer to a PROPFIND (RFC 4918, section 14): namespaces, never prefixes; any property may be missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

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
    """Every resource in the answer to a PROPFIND on `url`. Raises Unreadable."""
    try:
        root = fromstring(answer, forbid_dtd=True)
        if root.tag != f"{_D}multistatus":
            raise Unreadable(f"{url} gave something else than a listing", hint=_HINT)
        return [_entry(response, url) for response in root.iterfind(f"{_D}response")]
    # LookupError: an encoding that nobody knows. ValueError: an address that is none.
    except (ParseError, DefusedXmlException, ValueError, LookupError) as failure:
        raise Unreadable(f"{url} gave a listing that cannot be read", hint=_HINT) from failure


_HINT = "check that the url is that of a WebDAV folder"


def _entry(response: Element, url: str) -> Entry:
    status = response.findtext(f"{_D}status")
    if status is not None and not _is_good(status):  # 507: the server cut the listing short
        raise Unreadable(f"{url} gave an incomplete listing ({status.strip()})", hint="keep fewer files there")
    href = (response.findtext(f"{_D}href") or "").strip()
    path = unquote(urlsplit(urljoin(url, href)).path)
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
