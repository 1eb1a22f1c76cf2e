"""What is asked of the installed tool is asked in earnest: a tool that does it badly is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.installed import Installed, check_alone, check_demo, check_share, forget_origin
from release.refused import Refused

SAYS = "backuptool 1.2.3 (0123456789ab)"
HINT = "hint: ${0%/*}/python -m pip install 'backuptool-pg[demo]'"
TOOL = f"""\
#!/bin/sh
case "$*" in
    --version) echo "{SAYS}" ;;
    "backup --help" | "list --help") echo usage ;;
    demo) printf '%s\\n' "backuptool: the embedded PostgreSQL is not installed" "{HINT}" >&2; exit 1 ;;
    *) exit 2 ;;
esac
"""


def installed(folder: Path, script: str = TOOL) -> Installed:
    """An environment with this script as the command."""
    made = Installed(folder)
    made.tool.parent.mkdir(parents=True)
    made.tool.write_text(script)
    made.tool.chmod(0o755)
    return made


def test_a_good_one_is_fine(tmp_path: Path) -> None:
    check_alone(installed(tmp_path), SAYS, ["backup", "list"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("1.2.3", "1.2.4"), "--version says 'backuptool 1.2.4"),
        ((' | "list --help"', ""), "`backuptool list --help` ends with 2"),
        ((HINT, "hint: look around"), "without its extra does not say what to install"),
        ((f'"{HINT}"', f'"{HINT}" "Traceback"'), "without its extra does not say what to install"),
        (("exit 1", "exit 0"), "without its extra does not say what to install"),
    ],
)
def test_a_bad_one_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in TOOL
    with pytest.raises(Refused) as caught:
        check_alone(installed(tmp_path, TOOL.replace(*change)), SAYS, ["backup", "list"])
    assert said in str(caught.value)


class Extra(Installed):
    """pip's part is done: what is asked of it is written down."""

    def pip(self, *words: str) -> None:
        (self.folder / "pip").write_text(" ".join(words))


@pytest.mark.parametrize(
    ("demo", "refused"),
    [
        ("echo '   Every table is the same in all three databases.'", ""),
        ("echo '   Every table is the same in all three databases.'; exit 4", "`backuptool demo` ends with 4"),
        ("echo Done", "does not say that the copies are the same"),
    ],
)
def test_the_demo_is_run_with_its_extra_and_must_say_that_all_is_the_same(
    tmp_path: Path, demo: str, refused: str
) -> None:
    made = Extra(installed(tmp_path, f"#!/bin/sh\n{demo}\n").folder)
    if refused:
        with pytest.raises(Refused, match=refused):
            check_demo(made, Path("/x.whl"))
    else:
        check_demo(made, Path("/x.whl"))
    assert (tmp_path / "pip").read_text() == "install /x.whl[demo]"


def test_a_page_that_is_not_there_or_another_is_refused(tmp_path: Path) -> None:
    made, share = installed(tmp_path), tmp_path / "committed"
    for folder in (made.share, share):
        (folder / "man").mkdir(parents=True)
        (folder / "man" / "page.1").write_text("as the parser says\n")
    check_share(made, share)
    (made.share / "man" / "page.1").write_text("something else\n")
    with pytest.raises(Refused, match=r"man/page\.1 is not what was committed"):
        check_share(made, share)
    (made.share / "man" / "page.1").unlink()
    with pytest.raises(Refused, match=r"man/page\.1 is not installed"):
        check_share(made, share)


def test_where_it_was_installed_from_is_forgotten_also_in_the_list_of_files(tmp_path: Path) -> None:
    """Its digest there is that of a temporary folder's name: no two builds would be the same."""
    info = tmp_path / "site" / "x-1.dist-info"
    info.mkdir(parents=True)
    (info / "direct_url.json").write_text('{"url": "file:///tmp/backuptool-release-x1y2z3/out/x-1.whl"}')
    (info / "RECORD").write_text("x.py,sha256=a,1\nx-1.dist-info/direct_url.json,sha256=b,2\nx-1.dist-info/RECORD,,\n")
    forget_origin(tmp_path)
    assert [path.name for path in info.iterdir()] == ["RECORD"]
    assert (info / "RECORD").read_text() == "x.py,sha256=a,1\nx-1.dist-info/RECORD,,\n"
