"""What a restore replaced is kept under a dated name, and nothing but that is dropped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import SourceError, UsageError
from backuptool.sources.server import Server
from backuptool.sources.session import session
from backuptool.target import Replacing, drop_replaced, replaced
from backuptool.target.replaced import dated, free_name
from tests.target.live import described, kept, load, tables


class TestTheDatedName:
    MOMENT = datetime(2026, 11, 25, 4, 15, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("name", "beginning"),
        [("live", "live"), ("x" * 63, "x" * 36), ("ü" * 30, "ü" * 18), ("xü" * 20, "xü" * 12), ("😀" * 15, "😀" * 9)],
    )
    def test_has_as_much_of_the_name_as_there_is_room_for(self, name: str, beginning: str) -> None:
        made = dated(name, self.MOMENT.astimezone())
        assert made == f"{beginning}_replaced_2026_11_25t041500"
        assert len(made.encode()) <= 63

    def test_is_another_one_when_it_is_taken(self, target: Server, server: PostgreSQL) -> None:
        for more in (0, 1):
            server.psql(f"create database {dated('live', self.MOMENT + timedelta(seconds=more))} template template0")
        assert free_name(target, "live", self.MOMENT) == "live_replaced_2026_11_25t041502"


class TestWhatIsNotOurs:
    def test_is_not_dropped(self, target: Server, server: PostgreSQL) -> None:
        server.psql("create database live_replaced_2026_11_25t041500")
        for name in ("live", "live_replaced_2026_11_25t041500", "broker", "none"):
            with pytest.raises(UsageError, match="is no database that a restore replaced: it stays"):
                drop_replaced(target, name)
        assert replaced(target, "live") == []

    def test_is_what_somebody_took_back(self, target: Server, server: PostgreSQL) -> None:
        server.psql("comment on database live is 'mine'")
        load(target, Replacing())
        server.psql(f"drop database live; alter database {kept(target)} rename to live;"
                    " alter database live allow_connections true")  # fmt: skip
        assert replaced(target, "live") == []
        with pytest.raises(UsageError):
            drop_replaced(target, "live")
        assert tables(server, "live") == "precious"
        load(target, Replacing())  # and it can be replaced again
        assert len(replaced(target, "live")) == 1
        assert "|mine|" in described(server, "live")

    def test_is_one_whose_name_only_begins_alike(self, target: Server, server: PostgreSQL) -> None:
        one, other = f"{'x' * 40}_one", f"{'x' * 40}_other"
        server.psql(f"create database {one}")
        load(target, Replacing(), name=one)
        assert (len(replaced(target, one)), replaced(target, other)) == (1, [])

    def test_stays_while_somebody_is_in_it(self, target: Server, server: PostgreSQL) -> None:
        load(target, Replacing())
        server.psql(f"alter database {kept(target)} allow_connections true")
        with session(target.on(kept(target))) as somebody:
            somebody.ask("select 1")
            with pytest.raises(SourceError, match="is being accessed by other users"):
                drop_replaced(target, kept(target))
        drop_replaced(target, kept(target))
        assert replaced(target, "live") == []
