"""sdist and wheel hold everything, and are the same when they are built again."""

from __future__ import annotations

import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from release.artifacts import COMMIT, check_same, check_whole, clone, sums
from release.refused import Refused
from tests.release.repository import commit, repository

PAGE = "backuptool/data/share/man/man1/backuptool.1"
DOCUMENT = "docs/faq.md"
SHARED = ["x-1.data/data/share/man/man1/backuptool.1", "x-1.data/data/share/doc/backuptool/faq.md"]
PACKAGE = ["backuptool/__init__.py", COMMIT]
TREE = ["CHANGELOG.md", "kept.txt"]


INFO = [f"x-1.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")]


def artifacts(out: Path, without: str = "", besides: str = "") -> Path:
    """An sdist and a wheel with these names in them, but one, and `besides`."""
    kind, _, more = besides.partition(":")
    out.mkdir()
    with tarfile.open(out / "x-1.tar.gz", "w:gz") as tar:
        for name in [*PACKAGE, *TREE, PAGE, DOCUMENT, "PKG-INFO", *[more] * (kind == "sdist")]:
            if f"sdist:{name}" != without:
                tar.addfile(tarfile.TarInfo(f"x-1/{name}"), BytesIO())
    with zipfile.ZipFile(out / "x-1-py3-none-any.whl", "w") as wheel:
        for name in [*PACKAGE, *SHARED, *INFO, *[more] * (kind == "wheel")]:
            if f"wheel:{name}" != without:
                wheel.writestr(name, "")
    return out


@pytest.fixture
def source(tmp_path: Path) -> Path:
    top = repository(tmp_path / "source")
    for name in (PAGE, DOCUMENT):
        (top / name).parent.mkdir(parents=True)
        (top / name).touch()
    commit(top)
    return top


def test_whole_artifacts_are_fine(tmp_path: Path, source: Path) -> None:
    check_whole(artifacts(tmp_path / "dist"), source)


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("sdist:kept.txt", r"x-1\.tar\.gz misses kept\.txt"),
        (f"sdist:{COMMIT}", rf"x-1\.tar\.gz misses {COMMIT}"),
        (f"sdist:{PAGE}", rf"x-1\.tar\.gz misses {PAGE}"),
        ("wheel:backuptool/__init__.py", r"x-1-py3-none-any\.whl misses backuptool/__init__\.py"),
        (f"wheel:{COMMIT}", rf"\.whl misses {COMMIT}"),
        (f"wheel:{SHARED[0]}", r"\.whl misses share/man/man1/backuptool\.1"),
        (f"wheel:{SHARED[1]}", r"\.whl misses share/doc/backuptool/faq\.md"),
        ("wheel:x-1.dist-info/licenses/LICENSE", r"\.whl misses dist-info/licenses/LICENSE"),
        ("wheel:x-1.dist-info/entry_points.txt", r"\.whl misses dist-info/entry_points\.txt"),
    ],
)
def test_a_file_that_is_missing_is_named(tmp_path: Path, source: Path, without: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        check_whole(artifacts(tmp_path / "dist", without), source)


@pytest.mark.parametrize(
    ("besides", "said"),
    [
        ("sdist:old.py", r"x-1\.tar\.gz has old\.py, which is not in git"),
        ("sdist:docs/PKG-INFO", r"x-1\.tar\.gz has docs/PKG-INFO, which is not in git"),
        ("wheel:backuptool/old.py", r"x-1-py3-none-any\.whl has backuptool/old\.py, which is not in git"),
        ("wheel:x-1.data/data/share/old", r"\.whl has share/old, which is not in git"),
        ("wheel:tests/__init__.py", r"\.whl has tests/__init__\.py, which is not in git"),
        ("wheel:x-1.dist-info/licenses/AUTHORS", r"\.whl has dist-info/licenses/AUTHORS, which is not in git"),
    ],
)
def test_a_file_too_many_is_named(tmp_path: Path, source: Path, besides: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        check_whole(artifacts(tmp_path / "dist", besides=besides), source)


def test_the_same_bytes_are_the_same_and_a_changed_one_is_named(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "a.whl").write_text("the same")
    check_same(one, other)
    assert list(sums(one)) == ["a.whl"]
    (other / "a.whl").write_text("not the same")
    with pytest.raises(Refused, match=r"not the same: a\.whl"):
        check_same(one, other)
    (other / "a.whl").write_text("the same")
    (other / "b.whl").touch()
    with pytest.raises(Refused, match=r"not the same: b\.whl"):
        check_same(one, other)


def test_a_clone_has_what_was_committed_and_nothing_else(tmp_path: Path, source: Path) -> None:
    (source / "kept.txt").write_text("changed\n")
    (source / "stray.txt").touch()
    made = clone(source, tmp_path / "clone")
    assert (made / "kept.txt").read_text() == "kept\n"
    assert not (made / "stray.txt").exists()
