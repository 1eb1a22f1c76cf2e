"""What a plan says of its source, its stores and who is told reaches what works with it: a key that is read and then
forgotten would leave a plaintext file in a container, or ask the wrong server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cheroot.ssl.builtin import BuiltinSSLAdapter

from backuptool.config import Plan, check_config
from backuptool.errors import StoreError
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.script import Script
from backuptool.stores import Store
from tests.contracts.store import NAME
from tests.pings import pinged
from tests.stores.davserver import PASSWORD, USER, dav_server
from tests.stores.webdav.forward_proxy import forward_proxy
from tests.stores.webdav.test_tls import certified

SERVER = {"database": "b", "user": "u", "host": "h", "port": 5433, "passfile": "/root/pgpass"}


def planned(**more: Any) -> Plan:
    stores = [{"type": "directory", "path": "/var/backups"}]
    table = {"passphrase_file": "/p", "source": {"database": "x"}, "stores": stores, **more}
    return check_config({"plans": {"a": table}}, "test").plan("a")


def opened(folder: Path, **more: Any) -> Store:
    """A store that is a WebDAV server with a password."""
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(f"{PASSWORD}\n")
    own = {"type": "webdav", "user": USER, "password_file": str(password), "patience": 1}
    ((_, store),) = planned(stores=[own | more]).open_stores()
    return store


def test_a_source_asks_the_server_that_it_names() -> None:
    source = planned(source={**SERVER, "extra_args": ["--schema=app"]}).open_source()
    assert isinstance(source, PgDump)
    server = source.server
    asked = server.database, server.user, server.host, server.port, server.passfile
    assert (*asked, source.extra) == ("b", "u", "h", 5433, "/root/pgpass", ("--schema=app",))


@pytest.mark.parametrize("remove_after", [True, False])
def test_a_script_is_run_where_and_as_it_is_named_and_its_file_removed_where_that_is_asked_for(
    *, remove_after: bool
) -> None:
    words = {"type": "script", "command": ["dump", "-x"], "folder": "/there", "remove_after": remove_after}
    source = planned(source=SERVER | words).open_source()
    assert isinstance(source, Script)
    assert (source.argv, source.folder, source.remove_after) == (("dump", "-x"), "/there", remove_after)


def test_only_the_certificates_that_it_names_are_trusted(tmp_path: Path) -> None:
    own, other = certified(tmp_path, "own"), certified(tmp_path, "other")
    (tmp_path / "served").mkdir()
    with dav_server(tmp_path / "served", tls=BuiltinSSLAdapter(*map(str, own))) as server:
        assert opened(tmp_path, url=server.url, ca_file=str(own[0])).list() == []
        with pytest.raises(StoreError, match="certificate cannot be verified"):
            opened(tmp_path, url=server.url, ca_file=str(other[0])).list()


def test_a_store_and_a_ping_go_through_the_proxy_that_they_name(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    with dav_server(tmp_path / "served") as server, forward_proxy(server.port) as proxy:
        assert opened(tmp_path, url="http://cloud.invalid/", proxy=f"http://127.0.0.1:{proxy.port}").list() == []
    with pinged() as watcher, forward_proxy(watcher.port) as proxy:
        told = {"ping_url": "http://watcher.invalid/ping/5f0d-s3cret", "proxy": f"http://127.0.0.1:{proxy.port}"}
        ping = planned(notify=told).notify.open()
        assert ping is not None
        ping.send("success", "done")
        assert (watcher.paths, proxy.seen) == ([""], ["POST http://watcher.invalid/ping/5f0d-s3cret"])


def test_a_store_sends_in_the_way_and_proves_in_the_way_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    file = tmp_path / NAME
    file.write_bytes(b"x" * 1000)
    with dav_server(tmp_path / "served") as server:
        assert opened(tmp_path, url=server.url, upload="plain", verify="size").put(file, NAME) == "size"
        with pytest.raises(StoreError, match="chunks"):
            opened(tmp_path, url=server.url, upload="chunked").put(file, f"x{NAME}")


def test_what_is_left_empty_is_as_if_it_were_left_out() -> None:
    """As a script fills it in, or who has a template of all keys."""
    empty = {"user": "", "host": "", "passfile": "", "port": 0, "shell": {"type": "local", "path": ""}}
    given, left_out = (planned(source={"database": "b", **more}).open_source() for more in (empty, {}))
    assert isinstance(given, PgDump)
    assert isinstance(left_out, PgDump)
    given_words, other_words = (one.server.command("pg_dump").formulate() for one in (given, left_out))
    mark = [at for at, (word, other) in enumerate(zip(given_words, other_words, strict=True)) if word != other]
    assert [given_words[at].partition("=")[0] for at in mark] == ["BACKUPTOOL_EXEC"]  # of each command its own
