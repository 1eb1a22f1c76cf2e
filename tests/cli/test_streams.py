"""Whatever the host is like, what goes wrong is one line and a hint, and the exit code says what became of the work."""

from __future__ import annotations

import os
import pty
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from tests.cli.quick import QUICK
from tests.cli.test_round_trip import Host, made_host

WITHOUT_HOME = """
import os, pwd, sys
from backuptool.cli import listing, main  # all that it needs: that user may not read Python's own files
def nobody_is_known(uid):
    raise KeyError(uid)
pwd.getpwuid = nobody_is_known
if os.geteuid() == 0:
    os.setuid(54321)
sys.exit(main(["list"]))
"""

STARTED = """
import signal, sys
signal.signal(signal.SIGHUP, getattr(signal, sys.argv[1]))
from backuptool.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def host(tmp_path: Path, server: PostgreSQL) -> Host:
    return made_host(tmp_path, server)


def shell(host: Host, words: str, redirected: str, **more: str) -> subprocess.CompletedProcess[str]:
    """In a shell, as a person types it; `backuptool` ends with its own exit code."""
    line = f'exec {shlex.join(QUICK)} --config "$0" {words} {redirected}'
    argv = ["bash", "-c", line, str(host.config)]
    environment = {**os.environ, **more}
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=host.folder, env=environment)


@pytest.mark.parametrize("redirected", ["2>&-", "<&-", "<&- 2>&-"])
def test_a_stream_that_is_closed_changes_nothing(host: Host, redirected: str) -> None:
    done = shell(host, "backup --json", redirected)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.suffix for path in host.store.iterdir()] == [".tar"]
    assert host.bundle().name in host.ok("verify")
    done = shell(host, "list", redirected)
    assert (done.returncode, done.stderr) == (0, "")
    assert host.bundle().name in done.stdout


def test_what_nobody_can_be_shown_has_failed(host: Host) -> None:
    done = shell(host, "backup", ">&-")
    assert (done.returncode, done.stderr) == (0, "")  # as cron runs it there is nothing to show
    assert shell(host, "-v backup", ">&-").returncode == 0  # the log has it
    closed = "backuptool: standard output is closed\nhint: open it; where nobody is to read it, > /dev/null\n"
    for words in ("list", "list --json", "check --nagios"):
        done = shell(host, words, ">&-")
        assert (done.returncode, done.stderr) == (1, closed), words
    done = shell(host, "backup --json", "<&- >&- 2>&-")
    assert (done.returncode, len(list(host.store.iterdir()))) == (1, 3)


def test_an_error_keeps_its_exit_code_where_nobody_can_be_told(host: Host) -> None:
    for redirected in ("2>&-", "2>/dev/full", ">&- 2>&-"):
        done = shell(host, "list nonsense", redirected)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_decrypt_does_not_print_into_a_closed_stream(host: Host) -> None:
    host.ok("backup")
    done = shell(host, f"decrypt {host.bundle()} -o -", ">&-")
    assert (done.returncode, "standard output cannot be written" in done.stderr) == (1, True)


def test_a_stream_that_is_full_is_one_line(host: Host) -> None:
    host.ok("backup")
    for words, unbuffered in (("list", "1"), ("list", ""), ("list --json", ""), ("verify", "")):
        done = shell(host, words, ">/dev/full", PYTHONUNBUFFERED=unbuffered)
        lines = done.stderr.splitlines()
        assert (done.returncode, len(lines)) == (1, 2), done.stderr
        assert lines[0] == "backuptool: standard output cannot be written: No space left on device"
        assert lines[1].startswith("hint: ")


@pytest.mark.parametrize(("to", "said"), [(">&-", "is closed"), (">/dev/full", "cannot be written: No space left")])
def test_a_demonstration_that_nobody_sees_ends_at_its_first_line(host: Host, to: str, said: str) -> None:
    done = shell(host, "demo", to)
    assert done.returncode == 1
    assert done.stderr.startswith(f"backuptool: standard output {said}")


@pytest.mark.parametrize("words", ["--version", "--help", "check --help"])
def test_what_is_asked_of_the_tool_itself_has_arrived_or_failed(host: Host, words: str) -> None:
    done = shell(host, words, ">/dev/full")
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (1, 2), done.stderr
    assert lines[0] == "backuptool: standard output cannot be written: No space left on device"


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_who_reads_no_more_of_it_hears_no_complaint(host: Host, words: list[str]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run([*QUICK, *words], stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_letter_that_the_locale_lacks_is_said_and_what_to_set(host: Host) -> None:
    host.config.write_text(host.config.read_text().replace("/store", "/st€re"), encoding="utf-8")
    environment = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = host.run("--config", str(host.config), "list", **environment)
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (2, 2), done.stderr
    assert "path: has '\\u20ac' in it, which this locale (ascii) lacks: set LC_ALL=C.UTF-8" in lines[0]


def test_a_host_without_tar_is_said_before_the_dump(host: Host) -> None:
    programs = host.folder / "programs"
    programs.mkdir()
    for name in ("sh", "env", "grep", "sed", "cat", "kill", "sleep"):
        found = next((Path(place) / name for place in ("/usr/bin", "/bin") if (Path(place) / name).exists()), None)
        if found:
            (programs / name).symlink_to(found)
    done = host.run("--config", str(host.config), "-v", "backup", PATH=str(programs))
    assert done.returncode == 1
    assert "backuptool: tar: not found on this host\nhint: install GNU tar" in done.stderr
    assert "dumping" not in done.stderr


def test_a_path_without_programs_is_what_is_to_be_corrected(host: Host) -> None:
    done = host.run("--config", str(host.config), "backup", PATH="/nonexistent")
    assert done.returncode == 5, done.stderr
    assert ":/nonexistent, where not even sh is: correct it\n" in done.stderr


def test_a_user_without_a_home_folder_is_told_what_to_set(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HOME", "XDG"))}
    argv = [sys.executable, "-c", WITHOUT_HOME]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (2, 2), done.stderr
    assert "has no home folder" in lines[0]
    assert "set HOME" in lines[1]


@pytest.mark.parametrize(("before", "code"), [("SIG_DFL", 128 + signal.SIGHUP), ("SIG_IGN", 2)])
def test_a_signal_that_nohup_has_ignored_stays_ignored(tmp_path: Path, before: str, code: int) -> None:
    """The configuration is a pipe: the tool waits there, is signalled, and reads an empty one if it lives on."""
    config = tmp_path / "config.toml"
    os.mkfifo(config)
    argv = [sys.executable, "-c", STARTED, before, "--config", str(config), "list"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tool:
        with config.open("w"):  # returns when the tool has opened its end
            tool.send_signal(signal.SIGHUP)
        tool.communicate()
        assert tool.returncode == code


def test_the_version_that_nobody_can_be_told_is_one_line(host: Host) -> None:
    done = shell(host, "--version", ">/dev/full")
    assert done.returncode == 1
    assert done.stderr.startswith("backuptool: standard output cannot be written: No space left on device\nhint: ")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8:strict"])
def test_a_name_that_stdout_has_no_letters_for_is_shown_all_the_same(host: Host, encoding: str) -> None:
    """A person's locale may be ISO-8859-1; in en_US.UTF-8 Python refuses a file's name that is no UTF-8."""
    host.ok("backup")
    other = os.fsencode(host.folder) + b"/caf\xe9-\xe2\x82\xac.tar"
    Path(os.fsdecode(other)).write_bytes(host.bundle().read_bytes())
    done = shell(host, "verify --file caf*.tar", "", PYTHONIOENCODING=encoding)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "caf\\udce9-" in done.stdout
    assert "authentic and whole" in done.stdout


def test_a_password_that_is_not_given_is_no_crash(host: Host) -> None:
    """Ctrl-D at the question."""
    key = host.folder / "identity.pem"
    made = ["openssl", "genrsa", "-aes256", "-passout", "pass:abcd", "-out", str(key), "3072"]
    subprocess.run(made, check=True, capture_output=True)
    key.chmod(0o600)
    host.ok("backup")
    pid, terminal = pty.fork()
    if pid == 0:
        argv = ["-m", "backuptool", "verify", "--file", str(host.bundle()), "--identity", str(key), "--signers", "none"]
        os.execv(sys.executable, [sys.executable, *argv])  # noqa: S606 - in the child of a fork
    shown = b""
    with suppress(OSError):  # EIO: the other end is closed
        while more := os.read(terminal, 4096):
            shown += more
            if shown.endswith(b"identity.pem: "):
                os.write(terminal, b"\x04")
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
    assert b"Traceback" not in shown
    assert b"no password was given" in shown


def test_a_folder_that_was_removed_under_whoever_stands_in_it_is_what_is_said(host: Host) -> None:
    """No program can be started there, and nothing that fails for it says so."""
    (gone := host.folder / "gone").mkdir()
    argv = ["sh", "-c", 'cd "$1" && rmdir "$1" && shift && exec "$@"', "sh", str(gone), *host.argv]
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [*argv, "--config", str(host.config), "backup"], env=environment, capture_output=True, text=True, check=False
    )
    said = "backuptool: the folder in which this was started is not there any more\nhint: cd / and start it again\n"
    assert (done.returncode, done.stderr) == (1, said)
