"""A client certificate: shown to the server that asks for one; what is wrong with it is said in one line."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cheroot.ssl.builtin import BuiltinSSLAdapter

from backuptool.config import check_config
from backuptool.errors import StoreError, UsageError
from backuptool.stores.webdav.certificate import ClientCertificate
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.serving import serving
from tests.stores.davserver import CREDENTIALS, Authentication, DavServer, dav_server
from tests.stores.faults import status
from tests.stores.faulty_proxy import FaultyProxy
from tests.stores.webdav.conftest import QUICK
from tests.stores.webdav.test_tls import certified

Files = tuple[Path, Path]
Demanding = Callable[..., AbstractContextManager[DavServer]]


def private(files: Files) -> Files:
    files[1].chmod(0o600)
    return files


@pytest.fixture
def own(tmp_path: Path) -> Files:
    """The server's."""
    return certified(tmp_path, "own")


@pytest.fixture
def mine(tmp_path: Path) -> Files:
    """The client's, which the server takes."""
    return private(certified(tmp_path, "mine"))


@pytest.fixture
def demanding(root: Path, own: Files, mine: Files) -> Demanding:
    """A server that demands a client certificate."""

    @contextmanager
    def running(authentication: Authentication = "none", newest: ssl.TLSVersion | None = None) -> Iterator[DavServer]:
        adapter = BuiltinSSLAdapter(*map(str, own))
        adapter.context.verify_mode = ssl.CERT_REQUIRED
        adapter.context.load_verify_locations(mine[0])
        if newest:
            adapter.context.maximum_version = newest
        with dav_server(root, authentication, tls=adapter) as server:
            yield server

    return running


def shown(files: Files, credentials: Credentials | None = None) -> Credentials:
    return replace(credentials or Credentials.of_certificate(), certificate=ClientCertificate(*files))


@pytest.mark.parametrize("in_one_file", [False, True])
def test_a_server_that_demands_it_gets_the_backup(
    demanding: Demanding, own: Files, mine: Files, bundle: Path, in_one_file: bool
) -> None:
    credentials = shown(mine)
    if in_one_file:
        mine[0].write_bytes(mine[1].read_bytes() + mine[0].read_bytes())
        mine[0].chmod(0o600)
        credentials = replace(credentials, certificate=ClientCertificate(mine[0]))
    with demanding() as server:
        store = WebDavStore(f"{server.url}backups", credentials, QUICK, ca_file=own[0])
        store.put(bundle, NAME)
        assert b"".join(store.open(NAME)) == bundle.read_bytes()


def test_a_password_may_be_asked_for_besides(demanding: Demanding, own: Files, mine: Files, bundle: Path) -> None:
    with demanding("digest") as server:
        store = WebDavStore(f"{server.url}backups", shown(mine, CREDENTIALS), QUICK, ca_file=own[0])
        store.put(bundle, NAME)
        assert [stored.name for stored in store.list()] == [NAME]
        without = WebDavStore(f"{server.url}backups", shown(mine), QUICK, ca_file=own[0])
        with pytest.raises(StoreError, match=r"the server wants more than the client certificate \(401\)") as caught:
            without.list()
        assert "password_file" in caught.value.hint


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("kind", ["none", "wrong"])
def test_a_certificate_that_the_server_does_not_take_is_said(
    demanding: Demanding, own: Files, tmp_path: Path, newest: ssl.TLSVersion, kind: str
) -> None:
    credentials = CREDENTIALS if kind == "none" else shown(private(certified(tmp_path, "other")))
    with demanding(newest=newest) as server:
        store = WebDavStore(f"{server.url}backups", credentials, QUICK, ca_file=own[0])
        with pytest.raises(StoreError, match=r"client certificate|refuses the TLS handshake") as caught:
            store.list()
    assert "\n" not in caught.value.message
    assert "client_cert" in caught.value.hint


@pytest.mark.parametrize("method", ["PROPFIND", "PUT"])
@pytest.mark.parametrize("said", ["No required SSL certificate was sent", "The SSL certificate error"])
def test_nginx_says_it_by_http(store: WebDavStore, proxy: FaultyProxy, bundle: Path, method: str, said: str) -> None:
    """Its own 495 and 496 arrive as 400."""
    page = f"<html><head><title>400 {said}</title></head><body><center>{said}</center></body></html>"
    proxy.on(method, status(400, body=page.encode()))
    with pytest.raises(StoreError, match="does not accept the client certificate, or wants one") as caught:
        store.put(bundle, NAME)
    assert "client_cert" in caught.value.hint
    assert proxy.count(method) == 1


@contextmanager
def redirecting(own: Files, mine: Files, target: str) -> Iterator[str]:
    """The address of a server that demands the certificate, and then says to go elsewhere."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_PROPFIND(self) -> None:
            self.send_response(302)
            self.send_header("Location", target)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=mine[0])
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(*own)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server) as port:
        yield f"https://127.0.0.1:{port}/"


def test_a_redirect_never_sees_the_certificate(own: Files, mine: Files) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        target = f"https://127.0.0.1:{elsewhere.getsockname()[1]}/backups"
        with redirecting(own, mine, target) as url:
            store = WebDavStore(f"{url}backups", shown(mine), QUICK, ca_file=own[0])
            with pytest.raises(StoreError, match=rf"redirects to '{target}' \(302\)"):
                store.list()
        with socket.create_connection(elsewhere.getsockname()) as control:
            first, address = elsewhere.accept()
            first.close()
            assert address == control.getsockname()  # whoever had come before would be the first


def made(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def test_a_key_with_a_password_is_refused_and_the_hint_makes_one_without(mine: Files, tmp_path: Path) -> None:
    """At a terminal OpenSSL itself would ask, at night forever."""
    for form in ("-traditional", "-v"):
        locked = tmp_path / "locked.key"
        options = ["-traditional"] if form == "-traditional" else []
        made("pkey", "-in", mine[1], "-aes256", "-passout", "pass:s3cret", "-out", locked, *options)
        locked.chmod(0o600)
        with pytest.raises(UsageError, match=r"locked\.key is encrypted") as caught:
            WebDavStore("https://x.example/", shown((mine[0], locked)))
        command = caught.value.hint.partition("private: ")[2].replace("NEW.pem", str(tmp_path / "new.key"))
        subprocess.run(["sh", "-ec", f"{command} -passin pass:s3cret"], check=True)
        WebDavStore("https://x.example/", shown((mine[0], tmp_path / "new.key")))


def test_an_expired_certificate_is_said_when_the_store_is_opened(tmp_path: Path) -> None:
    files = private(certified(tmp_path, "old", timedelta(days=-1)))
    with pytest.raises(UsageError, match=r"old\.pem expired on 20\d\d-\d\d-\d\d$") as caught:
        WebDavStore("https://x.example/", shown(files))
    assert "new one" in caught.value.hint


@pytest.mark.parametrize(
    ("certificate", "key", "said"),
    [
        ("mine.pem", "other.key", "is not the key of"),
        ("mine.pem", "", "there is no private key in .*mine.pem"),
        ("mine.pem", "other.pem", "there is no private key in .*other.pem"),
        ("mine.key", "", "there is no certificate in .*mine.key"),
        ("none.pem", "mine.key", "client certificate .*none.pem does not exist"),
        ("pipe.pem", "mine.key", "client certificate .*pipe.pem is not a file"),
        ("mine.pem", "none.key", "client key .*none.key does not exist"),
        ("mine.pem", "open.key", "open.key is open to everybody"),
        ("mine.pem", "bad.key", "or the key in .*bad.key cannot be read"),
        ("bad.pem", "mine.key", "there is no certificate in .*bad.pem"),
        ("mine.p12", "mine.key", "there is no certificate in .*mine.p12"),
    ],
)
def test_what_is_no_certificate_with_its_key_is_said_when_the_store_is_opened(
    mine: Files, tmp_path: Path, certificate: str, key: str, said: str
) -> None:
    private(certified(tmp_path, "other"))[0].chmod(0o600)
    (tmp_path / "open.key").write_bytes(mine[1].read_bytes())
    (tmp_path / "open.key").chmod(0o644)
    os.mkfifo(tmp_path / "pipe.pem")
    for name, label in (("bad.key", "PRIVATE KEY"), ("bad.pem", "CERTIFICATE")):
        (tmp_path / name).write_text(f"-----BEGIN {label}-----\nnonsense\n-----END {label}-----\n")
        (tmp_path / name).chmod(0o600)
    made("pkcs12", "-export", "-in", mine[0], "-inkey", mine[1], "-passout", "pass:", "-out", tmp_path / "mine.p12")
    credentials = replace(
        Credentials.of_certificate(),
        certificate=ClientCertificate(tmp_path / certificate, tmp_path / key if key else None),
    )
    with pytest.raises(UsageError, match=said) as caught:
        WebDavStore("https://x.example/", credentials)
    assert "\n" not in caught.value.message
    assert caught.value.hint


def configured(**keys: str) -> WebDavStore:
    store = {"type": "webdav", "url": "https://x.example/", **keys}
    plan = {"passphrase_file": "/p", "source": {"database": "x"}, "stores": [store]}
    ((_, opened),) = check_config({"plans": {"a": plan}}, "test").plan("a").open_stores()
    assert isinstance(opened, WebDavStore)
    return opened


def test_a_configuration_may_have_it_alone_or_with_a_password(mine: Files, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    (tmp_path / "password").chmod(0o600)
    certificate = {"client_cert": str(mine[0]), "client_key": str(mine[1])}
    for more, scheme in (({}, "certificate"), ({"user": "ann", "password_file": str(tmp_path / "password")}, "any")):
        credentials = configured(**certificate, **more)._credentials
        assert credentials is not None
        assert (credentials.scheme, credentials.certificate) == (scheme, ClientCertificate(*mine))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"client_key": "/k"}, "give either user"),
        ({"client_key": "/k", "curl_config": "/c"}, "client_key is there without client_cert"),
        ({"client_cert": "/c", "user": "ann"}, "give either user"),
        ({"client_cert": "/c", "url": "http://x.example/"}, "to an https address only"),
    ],
)
def test_a_configuration_that_has_half_of_it_is_refused(keys: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        configured(**keys)
