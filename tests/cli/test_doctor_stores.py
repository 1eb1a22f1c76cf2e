"""Whether a store takes a backup, before the night."""

from __future__ import annotations

import re

from tests.cli.doctoring import changed, doctor
from tests.cli.test_round_trip import Host
from tests.cli.test_stores import flipped
from tests.stores.davserver import DavServer


class TestStores:
    def test_a_refused_password_is_said_before_all_else(self, host: Host, dav: DavServer) -> None:
        (host.folder / "password").write_text("wrong\n")
        found = doctor(host, 1)
        assert "refuses the user name or password (401)" in found["listing"]["found"]
        assert {found[name]["grade"] for name in ("clock", "room", "trial", "last bundle")} == {"skipped"}

    def test_a_password_that_everybody_may_read_is_a_failure(self, host: Host, dav: DavServer) -> None:
        (host.folder / "password").chmod(0o644)
        assert doctor(host, 1)["settings"]["hint"] == f"chmod 600 {host.folder}/password"

    def test_a_server_that_is_away_is_not_waited_for(self, host: Host, dav: DavServer) -> None:
        changed(host, dav.url, "http://127.0.0.1:9/")
        done = host.tool("doctor", "--json", "--root", str(host.folder))
        assert (done.returncode, "it refuses connections" in done.stdout) == (1, True)
        waited = re.findall(r"trying again in (\d+) s", done.stderr)
        assert 0 < sum(map(int, waited)) < 60, done.stderr

    def test_a_folder_that_lists_and_takes_nothing_is_found_out(self, host: Host) -> None:
        """The positive control of `trial`: all else is well there."""
        changed(host, f'path = "{host.store}"', 'path = "/proc/self"')
        found = doctor(host, 1)
        assert (found["room"]["grade"], found["trial"]["grade"]) == ("warning", "failed"), "it has no room, /proc"

    def test_another_passphrase_than_that_of_the_last_bundle_is_a_failure(self, host: Host) -> None:
        host.ok("backup")
        (host.folder / "passphrase.txt").write_text("another one that is long enough\n")
        name = host.bundle().name
        assert doctor(host, 1)["last bundle"]["found"] == f"{name}: this passphrase does not open the bundle"

    def test_a_bundle_whose_end_was_altered_is_a_failure(self, host: Host) -> None:
        host.ok("backup")
        content = host.bundle().read_bytes()
        flipped(host.bundle())  # in the data, which is not looked at here
        assert doctor(host, 0)["last bundle"]["grade"] == "ok"
        host.bundle().write_bytes(content.replace(b'"sequence"', b'"seqvence"'))
        assert doctor(host, 1)["last bundle"]["grade"] == "failed"

    def test_what_a_killed_doctor_left_is_removed_and_others_files_are_kept(self, host: Host) -> None:
        host.ok("backup")
        ours = f"backuptool-doctor_broker_{host.bundle().name.split('_')[1]}.probe"
        upload = "backuptool-doctor_other_other.probe.upload-0123456789abcdef"
        theirs = ["backuptool-doctor_broker_other.probe", "notes.txt", upload]
        for name in (ours, f"{ours}.upload-0123456789abcdef", *theirs):
            (host.store / name).write_text("x")
        assert doctor(host, 0)["trial"]["grade"] == "ok"
        assert sorted(path.name for path in host.store.iterdir()) == sorted([*theirs, host.bundle().name])
