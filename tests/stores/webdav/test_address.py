"""Any address a person may write is understood, or refused in one line."""

from __future__ import annotations

import pytest

from backuptool.errors import UsageError
from backuptool.stores.webdav.address import Address


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://cloud.example.org/dav/x", "https://cloud.example.org/dav/x/"),
        ("https://cloud.example.org/dav/x/", "https://cloud.example.org/dav/x/"),
        ("https://cloud.example.org/My Backups/", "https://cloud.example.org/My%20Backups/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[::1]:8080/dav", "http://[::1]:8080/dav/"),
        # Without it in Host, servers take a Destination with it for one elsewhere.
        ("https://x.example:443/dav/", "https://x.example/dav/"),
        ("HTTP://x.example:80/", "http://x.example/"),
        ("https://[fd00::443]:443", "https://[fd00::443]/"),
        ("https://[fd00::443]/", "https://[fd00::443]/"),
        ("https://x.example:/dav/", "https://x.example/dav/"),
        ("https://x.example:80/:443/", "https://x.example:80/:443/"),
        ("http://x.example:443/", "http://x.example:443/"),
        (f"https://{'a' * 63}.example./", f"https://{'a' * 63}.example./"),
    ],
)
def test_an_address_is_absolute_encoded_and_ends_with_a_slash(text: str, url: str) -> None:
    assert str(Address.parse(text)) == url


def test_a_path_of_other_bytes_than_utf_8_is_kept() -> None:
    """As listings have it: a collection finds itself by its path."""
    address = Address.parse("https://x.example/caf%E9/")
    assert address.url == "https://x.example/caf%E9/"
    assert address.path == "/caf\udce9/"
    assert address.of("caf\udce8.txt") == "https://x.example/caf%E9/caf%E8.txt"


@pytest.mark.parametrize(
    "text",
    [
        "", "cloud.example.org/dav", "ftp://x.example/", "https://", "https:///dav", "https://exa mple/",
        "https://x.example:0/", "https://x.example:99999/", "https://[::1/", "https://*.example/", "https://.example/",
        "https://a\0b/", f"https://{'a' * 64}ü.example/", f"https://{'a' * 64}.example/", "https://a..b/",
        "https://x.example:80:80/", "https://u:s3cret@x.example/", "https://u:s3cret@exa mple/",
        "https://x/?a", "https://x/#a", "https://x/../y", "https://x/dav ", " https://x/dav", "https://x/dav\n",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Address.parse(text)
    assert "\n" not in caught.value.message
    assert "s3cret" not in caught.value.message
    assert caught.value.hint
