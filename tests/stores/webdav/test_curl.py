"""The real curl and the store, given the same config, say the same to the same server."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from backuptool.errors import StoreError, UsageError
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.store import WebDavStore
from tests.serving import serving
from tests.stores.webdav.conftest import QUICK
from tests.stores.webdav.saying import listing
from tests.stores.webdav.test_credentials import written

CURL = shutil.which("curl")
OFFERED = {"digest": 'Digest realm="x", nonce="n", qop="auth", algorithm=MD5', "basic": 'Basic realm="x"'}


@dataclass
class Listener:
    """Answers 401 until it gets an Authorization, which it remembers; then it lists nothing."""

    offers: tuple[str, ...]
    port: int = 0
    heard: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def listening(*offers: str) -> Iterator[Listener]:
    """A running Listener that offers these schemes."""
    listener = Listener(offers)

    class Handler(BaseHTTPRequestHandler):
        def do_PROPFIND(self) -> None:
            said = self.headers.get("Authorization")
            if said:  # before the answer: nobody waits for this thread after it
                listener.heard.append(said.encode("latin-1").decode("utf-8", "surrogateescape"))
            body = listing("") if said else b""
            self.send_response(207 if said else 401)
            for scheme in listener.offers if said is None else ():
                self.send_header("WWW-Authenticate", OFFERED[scheme])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as listener.port:
        yield listener


def meant(said: str, password: str) -> tuple[str, ...]:
    """The scheme and what it proves; of a digest, whether it was made with `password`."""
    scheme, _, rest = said.partition(" ")
    if scheme == "Basic":
        return scheme, base64.b64decode(rest).decode("utf-8", "surrogateescape")
    if scheme != "Digest":
        return scheme, rest
    values = {
        key: unquote(re.sub(r"\\(.)", r"\1", quoted)) or plain  # curl 8.22 hashes a name in UTF-8, but sends it %C3%A4
        for key, quoted, plain in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^, ]+))', rest)
    }

    def md5(text: str) -> str:
        return hashlib.md5(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()

    known = md5(f"{values['username']}:x:{password}"), md5(f"PROPFIND:{values['uri']}")
    proof = md5(f"{known[0]}:n:{values['nc']}:{values['cnonce']}:auth:{known[1]}")
    return scheme, values["username"], str(values["response"] == proof)


NOT_READ = {26, 2}  # curl's exit codes for a config that it does not take: 8.14's, 8.22's


def by_curl(path: Path, url: str) -> bool:
    """What `curl -K` does with it; -q: without ~/.curlrc. False when it does not take the config."""
    argv = [str(CURL), "-q", "-s", "-K", str(path), "-X", "PROPFIND", "--noproxy", "*", url]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode in {0, *NOT_READ}
    return done.returncode == 0


SPELLINGS = [
    'user = "ann:s3cret"', "user=ann:s3cret", "user: ann:s3cret", "user ann:s3cret", "user\tann:s3cret # said so",
    "user ==: ann:s3cret", "  user = ann:s3cret\r", "user\v=\fann:s3cret", "user = ann:s3\vcret",
    "-u ann:s3cret", "-uann:s3cret", "-su ann:s3cret", "-sSuann:s3cret", "-u=ann:s3cret", '-u"ann:s3cret"',
    '-u "ann:s3cret"', "--user ann:s3cret", '--user "ann:s3cret"',
    '# user = "bob:x"\n\nuser = "ann:s3cret"', "/user = bob:x\nuser = ann:s3cret", "*user = bob:x\nuser = ann:s3cret",
    'user = "bob:x"\nuser = "ann:s3cret"', 'user = "ann:s3cret" trailing', "user = ann:s3cret trailing",
    r'user = "ann:a\"b\\c\td"', r'user = "ann:a\bc\x"', r"user = ann:p\q", "user = ann:p#q", "user = ann:p:q",
    'user = "ann:with blank # and hash"', "user = 'ann:s3cret'", 'user = "änn:pässwörd"', "user = ann:p\u00a0q\u2028r",
    "silent\nretry = 1\nuser-agent = x\nuser = ann:s3cret\n===",
]  # fmt: skip
# curl 7.88 reads over what it does not understand, 8.14 takes no such config; old ones are read as they were.
REFUSED_BY_NEWER = {
    "  user = ann:s3cret\r", "user\v=\fann:s3cret", "/user = bob:x\nuser = ann:s3cret",
    "*user = bob:x\nuser = ann:s3cret", "silent\nretry = 1\nuser-agent = x\nuser = ann:s3cret\n===",
}  # fmt: skip
SCHEMES = [
    ("basic", ["Basic"]), ("--basic", ["Basic"]), ("digest", ["Digest"]), ("--digest", ["Digest"]),
    ("anyauth", ["Digest"]),
    ("digest\nbasic", ["Digest"]), ("basic\ndigest", ["Digest"]), ("digest\nno-digest\nbasic", ["Basic"]),
    ("digest\nno-basic", ["Digest"]), ("anyauth\nbasic", ["Digest"]),
]  # fmt: skip

with_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed; CI has it")


@with_curl
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("scheme", ["digest", "basic"])
def test_a_user_is_read_from_a_config_as_curl_reads_it(tmp_path: Path, spelling: str, scheme: str) -> None:
    path = written(tmp_path / "c", f"{spelling}\n{scheme}\n")
    credentials = Credentials.from_curl_config(path)
    with listening(scheme) as server:
        taken = by_curl(path, server.url)
        WebDavStore(server.url, credentials, QUICK).list()
    assert taken or spelling in REFUSED_BY_NEWER
    assert len(server.heard) == 1 + taken
    curl, ours = (meant(said, credentials.password.text()) for said in (server.heard[0], server.heard[-1]))
    assert ours == curl
    assert ours[-1] != "False"


@with_curl
def test_a_password_that_is_not_utf_8_is_sent_as_curl_sends_it_or_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "c", b"user = ann:\xe4\xff")
    store_of = Credentials.from_curl_config(path)
    with listening("basic") as server:
        assert by_curl(path, server.url)
        WebDavStore(server.url, store_of, QUICK).list()
    assert server.heard[0] == server.heard[1]
    with listening("digest") as server, pytest.raises(StoreError, match="not UTF-8, which digest needs") as caught:
        WebDavStore(server.url, store_of, QUICK).list()
    assert "basic" in caught.value.hint


@with_curl
@pytest.mark.parametrize(("lines", "chosen"), SCHEMES)
def test_a_scheme_is_chosen_as_curl_chooses_it(tmp_path: Path, lines: str, chosen: list[str]) -> None:
    path = written(tmp_path / "c", f"user = ann:s3cret\n{lines}\n")
    with listening("digest", "basic") as server:
        assert by_curl(path, server.url)
        WebDavStore(server.url, Credentials.from_curl_config(path), QUICK).list()
    assert [said.partition(" ")[0] for said in server.heard] == chosen * 2


@with_curl
@pytest.mark.parametrize(
    "lines", ["oauth2-bearer = t0ken", '--oauth2-bearer "t0ken"', "user = a:b\noauth2-bearer t0ken"]
)
def test_a_token_is_sent_as_curl_sends_it(tmp_path: Path, lines: str) -> None:
    path = written(tmp_path / "c", lines)
    with listening() as server:
        assert by_curl(path, server.url)
        WebDavStore(server.url, Credentials.from_curl_config(path), QUICK).list()
    assert server.heard == ["Bearer t0ken"] * 2


@with_curl
def test_a_value_is_read_behind_the_equals_sign_of_a_long_option_as_newer_curls_do(tmp_path: Path) -> None:
    """8.22 does; 7.88 and 8.14 read over it, so that no old file can mean anything else."""
    path = written(tmp_path / "c", "--user=ann:s=cret said so\n")
    with listening("basic") as server:
        by_curl(path, server.url)
        WebDavStore(server.url, Credentials.from_curl_config(path), QUICK).list()
    assert {meant(said, "") for said in server.heard} == {("Basic", "ann:s=cret")}


@with_curl
@pytest.mark.parametrize("line", ["--user: ann:s3cret", "use-r = ann:s3cret", '"user" = ann:s3cret'])
def test_what_curl_does_not_take_for_a_user_is_an_error(tmp_path: Path, line: str) -> None:
    path = written(tmp_path / "c", f"{line}\n")
    with listening("basic") as server:
        subprocess.run([str(CURL), "-q", "-s", "-K", str(path), "-X", "PROPFIND", server.url], check=False)
    assert server.heard == []
    with pytest.raises(UsageError, match="no user name with a password"):
        Credentials.from_curl_config(path)
