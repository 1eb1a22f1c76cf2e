"""User name and password come from files that only their owner reads, as curl reads them."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from backuptool.errors import UsageError
from backuptool.stores.webdav.certificate import ClientCertificate
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.limits import Limits
from backuptool.stores.webdav.store import WebDavStore


def written(path: Path, content: str | bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "line",
    [
        'user = "ann:s3cret"',
        'user="ann:s3cret"',
        "user = ann:s3cret",
        "user=ann:s3cret",
        "user: ann:s3cret",
        "user ann:s3cret",
        "user\tann:s3cret   # said so",
        "  user = ann:s3cret\r",
        "-u ann:s3cret",
        "-uann:s3cret",
        '-u "ann:s3cret"',
        "--user ann:s3cret",
        '--user "ann:s3cret"',
        "-su ann:s3cret",
        "-sSuann:s3cret",
        "user\v=\fann:s3cret",
        '# user = "bob:x"\n\nuser = "ann:s3cret"',
        'user = "bob:x"\nuser = "ann:s3cret"',
        'silent\nretry = 3\nuser-agent = "x"\nuser = "ann:s3cret"\n-L\n===',
    ],
)
def test_a_curl_config_is_read_as_curl_reads_it(line: str, tmp_path: Path) -> None:
    found = Credentials.from_curl_config(written(tmp_path / "c", line + "\n"))
    assert (found.user, found.password.text(), found.scheme, found.ca_file) == ("ann", "s3cret", "any", None)


@pytest.mark.parametrize(
    ("line", "password"),
    [
        (r'user = "ann:a\"b\\c\td"', 'a"b\\c\td'),
        (r'user = "ann:a\nb\rc\vd\x"', "a\nb\rc\vdx"),
        ('user = "ann:with blank # and hash"', "with blank # and hash"),
        ("user = ann:p#q", "p#q"),
        ("user = ann:p\u00a0q\u2028r", "p\u00a0q\u2028r"),
        ("user = ann:p:q", "p:q"),
        ("user = ann:p\\q", "p\\q"),
        ('user = "ann:pässwörd"', "pässwörd"),
    ],
)
def test_quotes_escapes_and_odd_passwords_are_kept(line: str, password: str, tmp_path: Path) -> None:
    assert Credentials.from_curl_config(written(tmp_path / "c", line)).password.text() == password


def test_a_password_that_is_not_utf_8_is_kept(tmp_path: Path) -> None:
    assert (
        Credentials.from_curl_config(written(tmp_path / "c", b"user = ann:\xe4\xff")).password.reveal() == b"\xe4\xff"
    )


@pytest.mark.parametrize(
    ("line", "scheme"),
    [
        ("digest", "digest"),
        ("--basic", "basic"),
        ("anyauth", "any"),
        ("digest\nbasic", "any"),
        ("digest\nno-digest\nbasic", "basic"),
    ],
)
def test_the_scheme_is_read(line: str, scheme: str, tmp_path: Path) -> None:
    assert Credentials.from_curl_config(written(tmp_path / "c", f"user = a:b\n{line}\n")).scheme == scheme


@pytest.mark.parametrize(
    "line", ["oauth2-bearer = t0ken", '--oauth2-bearer "t0ken"', "user = a:b\noauth2-bearer t0ken"]
)
def test_a_token_is_read(line: str, tmp_path: Path) -> None:
    found = Credentials.from_curl_config(written(tmp_path / "c", line))
    assert (found.user, found.password.text(), found.scheme) == ("", "t0ken", "bearer")


@pytest.mark.parametrize(
    ("line", "certificate", "key"),
    [
        ("cert = /root/me.pem", "/root/me.pem", None),
        ("-E /root/me.pem\nkey = /root/me.key", "/root/me.pem", "/root/me.key"),
        ('--cert "/root/m e.pem"\ncert-type = PEM\nkey-type = pem', "/root/m e.pem", None),
        (r"cert = /root/me\:here\\.pem", r"/root/me:here\.pem", None),
        ("cert = /root/me.pem:", "/root/me.pem", None),
    ],
)
@pytest.mark.parametrize("user", ["", "user = ann:s3cret\n"])
def test_a_client_certificate_is_read_with_a_user_or_without(
    user: str, line: str, certificate: str, key: str | None, tmp_path: Path
) -> None:
    found = Credentials.from_curl_config(written(tmp_path / "c", f"{user}{line}\n"))
    assert found.certificate == ClientCertificate(Path(certificate), Path(key) if key else None)
    assert (found.user, found.scheme) == (("ann", "any") if user else ("", "certificate"))


def test_the_rate_is_read(tmp_path: Path) -> None:
    found = Credentials.from_curl_config(written(tmp_path / "c", "user = a:b\nlimit-rate = 500k"))
    assert WebDavStore("http://x.example/", found)._limits.rate == 512_000
    assert WebDavStore("http://x.example/", found, Limits(rate=2048))._limits.rate == 2048
    assert Credentials.from_curl_config(written(tmp_path / "c", "user = a:b")).rate == math.inf


def test_the_ca_file_is_read(tmp_path: Path) -> None:
    found = Credentials.from_curl_config(written(tmp_path / "c", 'user = a:b\ncacert = "/etc/ssl/own ca.pem"\n'))
    assert found.ca_file == Path("/etc/ssl/own ca.pem")


@pytest.mark.parametrize(
    "line", ['proxy = "http://proxy:3128"', "--proxy http://proxy:3128", "-x http://proxy:3128", "-xhttp://proxy:3128"]
)
def test_the_proxy_is_read(line: str, tmp_path: Path) -> None:
    found = Credentials.from_curl_config(written(tmp_path / "c", f"user = a:b\n{line}\n"))
    assert found.proxy == "http://proxy:3128"


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("insecure", "turns off the check of certificates", "cacert"),
        ("-k", "turns off the check of certificates", "cacert"),
        ("cert = /root/me.pem:s3cret", "password for a client certificate's key", "openssl pkey"),
        ("-E /root/me.pem:s3cret", "password for a client certificate's key", "openssl pkey"),
        ('pass = "s3cret"', "password for a client certificate's key", "openssl pkey"),
        ("key = /root/me.key", "a client key without its certificate", "cert ="),
        ("cert = /root/me.p12\ncert-type = P12", "not PEM", "openssl pkcs12"),
        ("negotiate", "not supported", "digest, basic or oauth2-bearer"),
        ("--ntlm", "not supported", "digest, basic or oauth2-bearer"),
        ('header = "Authorization: Bearer s3cret"', "Authorization header", "oauth2-bearer"),
        ('-H "authorization: Bearer s3cret"', "Authorization header", "oauth2-bearer"),
        ("oauth2-bearer = s3cret\ndigest", "a token and another way", "keep oauth2-bearer or digest"),
        ('oauth2-bearer = "s3 cret"', "something else than a token", "the token alone"),
        ('oauth2-bearer = ""', "something else than a token", "the token alone"),
        ("limit-rate = s3cret", "limit-rate", "500k"),
        ("proxy-user = a:s3cret", "password for the proxy", "needs none"),
        ("-U a:s3cret", "password for the proxy", "needs none"),
        ("socks5-hostname = proxy:1080", "a proxy that is no http proxy", "http://HOST:PORT"),
        ("--preproxy socks5://proxy:1080", "a proxy that is no http proxy", "http://HOST:PORT"),
        ('pinnedpubkey = "sha256//s3cret="', "the server's key", "its certificate"),
        ("crlfile = /root/crl.pem", "certificates were revoked", "cacert"),
    ],
)
def test_what_cannot_be_left_out_is_refused_with_a_hint(line: str, said: str, hint: str, tmp_path: Path) -> None:
    path = written(tmp_path / "c", f"user = a:b\n{line}\n")
    with pytest.raises(UsageError, match=said) as caught:
        Credentials.from_curl_config(path)
    assert str(path) in caught.value.message
    assert "s3cret" not in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("line", "option"),
    [("cacert = ca.pem", "cacert"), ("--cacert ~/ca.pem", "cacert"), ("-E me.pem:s3cret", "cert"), ("key = k", "key")],
)
def test_a_file_that_depends_on_where_the_run_starts_is_refused(line: str, option: str, tmp_path: Path) -> None:
    """By hand it is found, and at night it is not."""
    path = written(tmp_path / "c", f"user = a:b\n{line}\n")
    with pytest.raises(
        UsageError, match=f"the curl config {path} names the file of {option} without its folder"
    ) as caught:
        Credentials.from_curl_config(path)
    assert "s3cret" not in caught.value.message
    assert "from / on" in caught.value.hint


@pytest.mark.parametrize("line", ["netrc", "-n", "netrc-file = /root/.netrc", "--netrc-optional"])
def test_a_netrc_is_refused_with_a_hint(line: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="netrc") as caught:
        Credentials.from_curl_config(written(tmp_path / "c", f"user = a:b\n{line}\n"))
    assert "NAME:PASSWORD" in caught.value.hint


@pytest.mark.parametrize("line", ["", "user = ann", "user = :b", "user = ann:", "user", "silent"])
def test_a_user_without_a_password_is_an_error(line: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no user name with a password"):
        Credentials.from_curl_config(written(tmp_path / "c", line))


@pytest.mark.parametrize("content", ["s3cret", "s3cret\n"])
def test_a_password_file_loses_one_newline(content: str, tmp_path: Path) -> None:
    assert Credentials.from_password_file("ann", written(tmp_path / "p", content)).password.reveal() == b"s3cret"


def test_blanks_belong_to_the_password(tmp_path: Path) -> None:
    assert Credentials.from_password_file("ann", written(tmp_path / "p", " a b \n")).password.reveal() == b" a b "


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "is empty"), ("\n", "is empty"), ("a\nb\n", "one line"), ("a\r\n", "carriage return"), ("a\0b", "one line")],
)
def test_a_password_file_that_is_no_line_is_refused(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        Credentials.from_password_file("ann", written(tmp_path / "p", content))
    assert caught.value.hint


def test_the_hint_about_a_carriage_return_removes_it(tmp_path: Path) -> None:
    path = written(tmp_path / "my password", "s3cret\r\n")
    with pytest.raises(UsageError) as caught:
        Credentials.from_password_file("ann", path)
    subprocess.run(["sh", "-c", caught.value.hint.removeprefix("remove it: ")], check=True)
    assert Credentials.from_password_file("ann", path).password.reveal() == b"s3cret"


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (partial(Credentials.from_password_file, "ann"), "s3cret\n"),
        (Credentials.from_token_file, "s3cret\n"),
        (Credentials.from_curl_config, "user = ann:s3cret\n"),
    ],
)
def test_a_byte_order_mark_is_said_and_the_hint_removes_it(
    tmp_path: Path, read: Callable[[Path], Credentials], content: str
) -> None:
    """It would be a part of the password, that is refused then: no editor shows it."""
    path = written(tmp_path / "my own", f"\ufeff{content}")
    with pytest.raises(UsageError, match=f"{path} begins with a byte order mark") as caught:
        read(path)
    subprocess.run(["sh", "-c", caught.value.hint.removeprefix("remove it: ")], check=True)
    assert read(path).password.reveal() == b"s3cret"


def test_a_token_file_is_read(tmp_path: Path) -> None:
    found = Credentials.from_token_file(written(tmp_path / "t", "eyJ.a-b_c~d+e/f==\n"))
    assert (found.user, found.password.reveal(), found.scheme) == ("", b"eyJ.a-b_c~d+e/f==", "bearer")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the token file .* is empty"), ("a\nb\n", "one line"), ("a\r\n", "carriage return"),
        ("Bearer s3cret", "blanks"), (" s3cret", "blanks"), ("s3cret\t", "blanks"), ("s3crét", "no ASCII"),
    ],
)  # fmt: skip
def test_a_token_file_that_holds_no_token_is_refused(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        Credentials.from_token_file(written(tmp_path / "t", content))
    assert "s3cr" not in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.hint


@pytest.mark.parametrize("mode", [0o644, 0o602])
def test_a_file_that_everybody_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "c", "user = a:b\n", mode)
    for read in (
        Credentials.from_curl_config,
        Credentials.from_token_file,
        lambda file: Credentials.from_password_file("a", file),
    ):
        with pytest.raises(UsageError, match="open to everybody") as caught:
            read(path)
        assert caught.value.hint == f"chmod 600 {path}"


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the curl config .* does not exist"):
        Credentials.from_curl_config(tmp_path / "missing")


def test_the_password_is_never_printed(tmp_path: Path) -> None:
    found = Credentials.from_curl_config(written(tmp_path / "c", "user = ann:s3cret"))
    assert "s3cret" not in f"{found} {found!r} {found.password}"
