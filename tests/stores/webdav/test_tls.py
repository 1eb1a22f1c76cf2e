"""Which servers are trusted: those whose certificate `ca_file` vouches for, and no others."""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backuptool.errors import StoreError, UsageError
from backuptool.secret import Secret
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.serving import serving
from tests.stores.davserver import CREDENTIALS, DavServer, dav_server
from tests.stores.faults import status
from tests.stores.faulty_proxy import Exchange, faulty_proxy
from tests.stores.places import Folder, is_stored
from tests.stores.webdav.conftest import QUICK


def certified(
    folder: Path, name: str, ends: timedelta = timedelta(hours=1), begins: timedelta = timedelta(days=-2), by: str = ""
) -> tuple[Path, Path]:
    """The files of a certificate, for 127.0.0.1 and cloud.invalid, and of its key.

    It vouches for itself, or the one that was made as `by` does.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, whose)]) for whose in (name, by or name))
    signing = _key_of(folder / f"{by}.key") if by else key
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("cloud.invalid")]
    )
    certificate = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(signing, hashes.SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def _key_of(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    return certified(tmp_path, "own")


@pytest.fixture
def url(root: Path, own: tuple[Path, Path]) -> Iterator[str]:
    with dav_server(root, tls=BuiltinSSLAdapter(*map(str, own))) as server:
        yield f"{server.url}backups"


def test_a_server_that_ca_file_vouches_for_gets_the_backup(url: str, own: tuple[Path, Path], bundle: Path) -> None:
    store = WebDavStore(url, CREDENTIALS, QUICK, ca_file=own[0])
    store.put(bundle, NAME)
    assert b"".join(store.open(NAME)) == bundle.read_bytes()


def test_the_ca_file_of_the_credentials_counts(url: str, own: tuple[Path, Path]) -> None:
    credentials = Credentials(CREDENTIALS.user, CREDENTIALS.password, ca_file=own[0])
    assert WebDavStore(url, credentials, QUICK).list() == []


def test_a_ca_file_may_hold_the_servers_own_certificate_as_for_curl(root: Path, tmp_path: Path) -> None:
    """Also where a CA made it, whose certificate is not at hand."""
    ca, own = certified(tmp_path, "ca"), certified(tmp_path, "own", by="ca")
    with dav_server(root, tls=BuiltinSSLAdapter(*map(str, own))) as server:
        for vouching in (ca[0], own[0]):
            assert WebDavStore(f"{server.url}backups", CREDENTIALS, QUICK, ca_file=vouching).list() == []


def test_a_certificate_need_not_have_all_that_newer_pythons_ask_of_one(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Since 3.13 they refuse what home-made CAs make (no key usage, no key identifiers); curl does not."""
    usual = ssl.create_default_context

    def strict(*words: Any, **named: Any) -> ssl.SSLContext:
        context = usual(*words, **named)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    ca, own = certified(tmp_path, "ca"), certified(tmp_path, "own", by="ca")
    with dav_server(root, tls=BuiltinSSLAdapter(*map(str, own))) as server:
        assert WebDavStore(f"{server.url}backups", CREDENTIALS, QUICK, ca_file=ca[0]).list() == []


def test_a_server_behind_a_proxy_that_ends_tls_may_take_whole_addresses_of_its_own_only(
    server: DavServer, own: tuple[Path, Path], place: Folder, bundle: Path
) -> None:
    """Apache on port 80: to a Destination of https it says 502, to a path 400."""

    def wholly(exchange: Exchange) -> None:
        if exchange.headers["destination"].startswith("/"):
            status(400)(exchange)
        else:
            exchange.answer(exchange.forward(exchange.receive(), host="127.0.0.1"))

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*own)
    with faulty_proxy(server.port, tls=context) as proxy:
        proxy.on("MOVE", wholly, times=3)
        WebDavStore(f"https://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK, ca_file=own[0]).put(bundle, NAME)
        assert [request.headers["destination"] for request in proxy.seen if request.method == "MOVE"][1:] == [
            f"/backups/{NAME}",
            f"http://127.0.0.1/backups/{NAME}",
        ]
    assert is_stored(place, bundle)


@pytest.mark.parametrize("named", [True, False])
def test_a_server_that_nobody_vouches_for_gets_nothing(url: str, tmp_path: Path, named: bool) -> None:
    other = certified(tmp_path, "other")[0] if named else None
    with pytest.raises(StoreError, match="its certificate cannot be verified") as caught:
        WebDavStore(url, CREDENTIALS, QUICK, ca_file=other).list()
    assert "ca_file (curl: cacert)" in caught.value.hint


@pytest.mark.parametrize(
    ("ends", "begins", "host", "said", "hint"),
    [
        (-1, -2, "127.0.0.1", "its certificate has expired", "renew"),
        (2, 1, "127.0.0.1", "its certificate is not valid yet", "clock"),
        (1, -2, "localhost", "its certificate is for another name", "that it is for in the url"),
    ],
)
def test_what_is_wrong_with_a_certificate_that_ca_file_vouches_for_is_said(
    root: Path, tmp_path: Path, ends: int, begins: int, host: str, said: str, hint: str
) -> None:
    """Another ca_file would not help."""
    own = certified(tmp_path, "own", timedelta(hours=ends), timedelta(hours=begins))
    with dav_server(root, tls=BuiltinSSLAdapter(*map(str, own))) as server:
        store = WebDavStore(f"{server.url}backups".replace("127.0.0.1", host), CREDENTIALS, QUICK, ca_file=own[0])
        with pytest.raises(StoreError, match=said) as caught:
            store.list()
    assert hint in caught.value.hint
    assert "ca_file" not in caught.value.hint


@pytest.mark.parametrize(
    ("alert", "said"),
    [
        (70, "no TLS that is safe"),
        (71, "no TLS that is safe"),
        (112, "no host of that name"),
        (49, "refuses the TLS handshake"),
    ],
)
def test_a_handshake_that_will_always_fail_is_not_tried_again(tmp_path: Path, alert: int, said: str) -> None:
    connections = []

    class Refuses(StreamRequestHandler):
        def handle(self) -> None:
            connections.append(self.connection.recv(1 << 16))
            self.wfile.write(bytes([21, 3, 3, 0, 2, 2, alert]))  # RFC 8446, 5.1 and 6

    with serving(ThreadingTCPServer(("127.0.0.1", 0), Refuses)) as port:
        store = WebDavStore(f"https://127.0.0.1:{port}/", CREDENTIALS, QUICK, ca_file=certified(tmp_path, "own")[0])
        with pytest.raises(StoreError, match=said):
            store.list()
    assert len(connections) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"", "no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n", "no certificate"),
        (b"-----BEGIN PRIVATE KEY-----\n", "no certificate"),
        (b"\x30\x82\xff", "no certificate"),
    ],
)
def test_a_ca_file_without_a_certificate_is_found_when_the_store_is_opened(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    for credentials, named in ((None, path), (Credentials("a", Secret(b"b"), ca_file=path), None)):
        with pytest.raises(UsageError, match=said) as caught:
            WebDavStore("https://x.example/", credentials, ca_file=named)
        assert str(path) in caught.value.message
        assert "\n" not in caught.value.message
        assert caught.value.hint


@pytest.mark.parametrize("what", ["folder", "pipe"])
def test_a_ca_file_that_is_none_is_refused(tmp_path: Path, what: str) -> None:
    """A pipe would be waited for, under the plan's lock, each night from then on."""
    ca_file = tmp_path / "ca.pem"
    ca_file.mkdir() if what == "folder" else os.mkfifo(ca_file)
    with pytest.raises(UsageError, match=f"the ca_file {ca_file} is not a file") as caught:
        WebDavStore("https://x.example/", ca_file=ca_file)
    assert caught.value.hint
