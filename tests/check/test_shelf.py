"""What monitoring is told of the backups in a store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from backuptool.bundle import Chain, Keys, Stem
from backuptool.errors import StoreError
from backuptool.ledger import Entry, Ledger
from tests.bundle.sample import DUMP, make
from tests.check.sample import BEFORE, LAST, NOW, checked, planned, remember, said
from tests.stores.memory import MemoryStore

COPY = """
--
-- Data for Name: {0}; Type: TABLE DATA; Schema: public; Owner: x
--

COPY public.{0} (a) FROM stdin;
1
\\.

"""
END = b"\n\n\n--\n-- PostgreSQL database dump complete"


def with_more(*tables: str) -> bytes:
    return DUMP.replace(END, b"\n" + "".join(map(COPY.format, tables)).encode() + END[2:])


class Refusing(MemoryStore):
    """Hands nothing out."""

    def open(self, name: str, start: int = 0) -> Iterator[bytes]:
        """Raises StoreError."""
        raise StoreError("it answers 500")


def test_fresh_backups_in_a_row_are_well(tmp_path: Path, store: MemoryStore) -> None:
    one = checked(tmp_path, store)
    assert said(one) == []
    assert (one.count, one.tables, one.age) == (2, 1, timedelta(hours=5))
    assert one.newest is not None
    assert one.newest.name == LAST.bundle


def test_an_empty_store_is_critical(tmp_path: Path) -> None:
    assert said(checked(tmp_path, MemoryStore())) == [(True, "there is no backup")]


def test_another_plans_and_another_hosts_do_not_count(tmp_path: Path, store: MemoryStore) -> None:
    store.files[Stem("broker", "db2", NOW).bundle] = store.files[Stem("other", "db1", NOW).bundle] = b""
    assert said(checked(tmp_path, store)) == []


@pytest.mark.parametrize(
    ("others", "named"), [(["db2"], "db2"), (["d", "c", "b"], "b, c, d"), (["d", "c", "b", "a"], "a, b, c, …")]
)
def test_where_other_hosts_have_some_those_are_named(tmp_path: Path, others: list[str], named: str) -> None:
    store = MemoryStore()
    store.files |= {Stem("broker", host, NOW).bundle: b"" for host in others}
    what = f"there is no backup of host db1, but of {named}: `host` in the plan says whose are meant"
    assert said(checked(tmp_path, store)) == [(True, what)]


@pytest.mark.parametrize(
    ("hours", "what"),
    [(27, "is of 2026-11-25 04:00 UTC, older than 26h"), (-2, "is of 2026-11-25 04:00 UTC, which is to come")],
)
def test_the_newest_may_neither_be_old_nor_to_come(tmp_path: Path, store: MemoryStore, hours: int, what: str) -> None:
    found = said(checked(tmp_path, store, LAST.created + timedelta(hours=hours)))
    assert found == [(True, f"the newest backup {what}")]


def test_a_small_one_is_critical(tmp_path: Path, store: MemoryStore) -> None:
    size = len(store.files[LAST.bundle])
    found = said(checked(tmp_path, store, min_size=size + 1))
    assert found == [(True, f"the newest backup has {size} bytes, fewer than {size + 1}")]
    assert said(checked(tmp_path, store, min_size=size)) == []


def test_one_far_below_the_usual_size_is_critical(tmp_path: Path, store: MemoryStore) -> None:
    size = len(store.files[LAST.bundle])
    for day in range(1, 5):
        store.files[Stem("broker", "db1", LAST.created - timedelta(days=1 + day)).bundle] = bytes(3 * size)
    found = said(checked(tmp_path, store))
    assert found == [(True, f"the newest backup has {size} bytes, {3 * size} are usual")]
    assert said(checked(tmp_path, store, min_ratio=0.2)) == []


def test_the_usual_size_is_the_median_of_the_ten_before_it(tmp_path: Path, store: MemoryStore) -> None:
    """Five of those are large; what is older is tiny."""
    last, before = (len(store.files[stem.bundle]) for stem in (LAST, BEFORE))
    for day, size in enumerate([5 * last] * 5 + [before] * 4 + [1] * 12, start=2):
        store.files[Stem("broker", "db1", LAST.created - timedelta(days=day)).bundle] = bytes(size)
    usual = (5 * last + before) / 2
    assert said(checked(tmp_path, store)) == [(True, f"the newest backup has {last} bytes, {usual:.0f} are usual")]


def test_one_of_just_the_usual_size_is_well(tmp_path: Path, store: MemoryStore) -> None:
    size = len(store.files[LAST.bundle])
    for day in (2, 3):
        store.files[Stem("broker", "db1", LAST.created - timedelta(days=day)).bundle] = bytes(size)
    assert said(checked(tmp_path, store, min_ratio=1.0)) == []


@pytest.mark.parametrize(
    ("tables", "named"),
    [
        (["gone"], "public.gone"),
        (["c", "a", "b"], "public.a, public.b, public.c"),
        (["e", "d", "c", "b", "a"], "public.a, public.b, public.c and 2 more"),
    ],
)
def test_tables_that_are_gone_are_named(tmp_path: Path, store: MemoryStore, tables: list[str], named: str) -> None:
    before = make(tmp_path / "more", stem=BEFORE, chain=Chain(1), dump=with_more(*tables))
    store.files[BEFORE.bundle] = before.read_bytes()
    assert said(checked(tmp_path, store)) == [(True, f"tables that the backup before had are gone: {named}")]


def test_an_altered_one_is_critical_and_the_rest_is_looked_at_all_the_same(tmp_path: Path, store: MemoryStore) -> None:
    content = store.files[LAST.bundle]
    store.files[LAST.bundle] = content[:-2000] + bytes(2000)
    remember(tmp_path, LAST.bundle, "drilled", "different", size=len(content))
    found = said(checked(tmp_path, store))
    assert len(found) == 2
    assert found[0][1].startswith(LAST.bundle)
    assert found[1] == (True, f"the drill of {LAST.bundle} found differences")


def test_what_is_wrong_with_the_one_before_hides_nothing_of_the_newest(tmp_path: Path, store: MemoryStore) -> None:
    store.files[BEFORE.bundle] = store.files[BEFORE.bundle][:-2000] + bytes(2000)
    one = checked(tmp_path, store)
    ((critical, what),) = said(one)
    assert (critical, what.startswith(BEFORE.bundle), one.tables, one.sealed) == (True, True, 1, False)


def test_what_the_store_lists_and_does_not_hand_out_is_critical_and_hides_nothing(
    tmp_path: Path, store: MemoryStore
) -> None:
    """Nobody could restore it; and that it is old besides is said too."""
    refusing = Refusing()
    refusing.files |= store.files
    found = said(checked(tmp_path, refusing, LAST.created + timedelta(hours=27)))
    assert found == [
        (True, "the newest backup is of 2026-11-25 04:00 UTC, older than 26h"),
        (True, f"{BEFORE.bundle}: it answers 500"), (True, f"{LAST.bundle}: it answers 500"),
    ]  # fmt: skip


def test_without_a_key_nothing_is_believed(tmp_path: Path, store: MemoryStore) -> None:
    ((critical, what),) = said(checked(tmp_path, store, keys=Keys()))
    assert critical
    assert "nothing at hand proves" in what


def test_a_count_that_went_back_is_a_warning(tmp_path: Path, store: MemoryStore) -> None:
    store.files[BEFORE.bundle] = make(tmp_path / "x", stem=BEFORE, chain=Chain(9, "ab" * 32)).read_bytes()
    ((critical, what),) = said(checked(tmp_path, store))
    assert not critical
    assert what.startswith("the count of backups went back from 9 to 2")


def test_two_of_one_number_are_what_a_ledger_leaves_that_could_not_be_written(
    tmp_path: Path, store: MemoryStore
) -> None:
    """On a full disk: the backup is made all the same, and the next one follows the last that is written down."""
    store.files[BEFORE.bundle] = make(tmp_path / "x", stem=BEFORE, chain=Chain(2, "ab" * 32)).read_bytes()
    what = "the newest two backups are both number 2: the ledger could not be written between them, or was lost"
    assert said(checked(tmp_path, store)) == [(False, what)]


class TestANumberThatIsLeftOut:
    """The newest is number 2; the one before is number 1, unless it is made anew."""

    @pytest.fixture
    def gap(self, tmp_path: Path, store: MemoryStore) -> MemoryStore:
        store.files[LAST.bundle] = make(tmp_path / "x", stem=LAST, chain=Chain(3, "ab" * 32)).read_bytes()
        return store

    def test_is_a_backup_that_is_not_there(self, tmp_path: Path, gap: MemoryStore) -> None:
        what = f"1 backup between {BEFORE.bundle} and the newest is not there"
        assert said(checked(tmp_path, gap)) == [(False, what)]

    def test_is_none_where_prune_removed_it(self, tmp_path: Path, gap: MemoryStore) -> None:
        name = Stem("broker", "db1", BEFORE.created + timedelta(hours=1)).bundle
        Ledger(tmp_path / "state").add(Entry(NOW.isoformat(), "broker", name, "removed", "memory", "tail", 1, 2, ""))
        assert said(checked(tmp_path, gap)) == []

    def test_is_one_though_prune_removed_an_older_one(self, tmp_path: Path, gap: MemoryStore) -> None:
        name = Stem("broker", "db1", BEFORE.created - timedelta(hours=1)).bundle
        Ledger(tmp_path / "state").add(Entry(NOW.isoformat(), "broker", name, "removed", "memory", "tail", 1, 1, ""))
        assert [critical for critical, _ in said(checked(tmp_path, gap))] == [False]

    def test_is_not_said_twice(self, tmp_path: Path, gap: MemoryStore) -> None:
        remember(tmp_path, Stem("broker", "db1", BEFORE.created + timedelta(hours=1)).bundle, "stored")
        ((_, what),) = said(checked(tmp_path, gap))
        assert "was stored there and is gone" in what


@pytest.mark.parametrize(("written", "least"), [(2000, 2000), ("2000", 2000), ("1k", 1024), ("3M", 3 << 20)])
def test_the_least_size_is_written_as_sizes_are(tmp_path: Path, written: object, least: int) -> None:
    assert planned(tmp_path, min_size=written).check.min_size == least


@pytest.mark.parametrize("written", ["", "1 MB", "1.5M", "-1", -1, True, 1.5, "k"])
def test_what_is_no_size_is_refused(tmp_path: Path, written: object) -> None:
    with pytest.raises(ValueError, match=r'must be bytes: 512000, "500k", "2M" or "1G"'):
        planned(tmp_path, min_size=written)
