"""The container's own `backup` script, as the procedure this replaces ran it; only the file that this run made.

"Newest file" can be yesterday's, or a leftover .md5: the folder is listed before and after; exactly one dump is new.
"""

from __future__ import annotations

import logging
import shlex
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from backuptool.compression import compress, decompress
from backuptool.contents import ForNoNewDatabase, Scan, ServerFacts
from backuptool.errors import CommandFailed, SourceError, VerificationError
from backuptool.shells import Shell
from backuptool.shells.stream import DAY, output, read, run
from backuptool.sources.answer import END, whole
from backuptool.sources.completeness import complete
from backuptool.sources.pg_dump import PgDump

log = logging.getLogger(__name__)
# Inode, time of the last writing and size tell a new file from one that was there before, by whatever name, and are the
# same for all links to it; the time of the last change is also that of a chown, as of all of them at a script's end.
LISTED = 'for f in *.sql.gz *.sql; do if test -f "$f"; then stat -L -c "%i %y %s/%n" -- "$f"; fi; done'
LIST = f'cd "$1" && {LISTED} && echo "$2"'


class _NotRead(SourceError):
    """The file could not be read, which says nothing about what is in it."""


@dataclass(slots=True)
class Script:
    """A script that writes a dump into `folder`; `remove_after` deletes what this run made, once it is read.

    What a script leaves that fails or is interrupted is half a dump in plain text that looks like a whole one: it is
    deleted whatever `remove_after` says. So is a dump that turns out to be broken.
    """

    properties: PgDump
    argv: tuple[str, ...] = ("backup",)
    folder: str = "/backups"
    remove_after: bool = False

    def prepare(self) -> None:
        """See that the folder and the database are there. Raises SourceError."""
        self.properties.prepare()
        self._files()

    def dump(self, scan: Scan) -> Generator[bytes, None, None]:
        """The file that the script made, compressed; a `.gz` passes unchanged. Raises SourceError."""
        names = self._run()
        name = names[0]
        chunks = self._read(name)
        with self._removed_if_broken(names):
            yield from passed(chunks, scan) if name.endswith(".gz") else compress(scan.watch(complete(chunks)))

    def database(self) -> Iterator[bytes]:
        """As PgDump's."""
        return self.properties.database()

    def roles(self) -> Iterator[bytes]:
        """As PgDump's."""
        return self.properties.roles()

    def facts(self) -> ServerFacts:
        """As PgDump's."""
        return self.properties.facts()

    @property
    def _shell(self) -> Shell:
        return self.properties.server.shell

    def _run(self) -> list[str]:
        """The names of the one dump that it made."""
        before = self._files()
        try:
            run(self._shell.command(*self.argv), DAY)
        except BaseException as failure:
            self._remove_new(before)
            if not isinstance(failure, CommandFailed):
                raise
            told = failure.hint if failure.hint != failure.advice else f"run it by hand, there: {shlex.join(self.argv)}"
            raise SourceError(failure.message, hint=told) from failure
        new = self._new(before)
        if len(new) != 1:
            found = ", ".join(name for names in new for name in names) or "none"
            raise SourceError(
                f"`{' '.join(self.argv)}` should have made one dump in {self.folder}; new there: {found}",
                hint="check the script's folder, and that nothing else writes dumps there meanwhile",
            )
        return new[0]

    def _read(self, name: str) -> Iterator[bytes]:
        try:
            yield from read(self._shell.command("cat", "--", f"{self.folder}/{name}"), self.properties.server.stall)
        except SourceError as error:
            raise _NotRead(error.message, hint=error.hint) from error

    @contextmanager
    def _removed_if_broken(self, names: list[str]) -> Iterator[None]:
        """The script ended well, so its file stays when reading it ends early for another reason than the file."""
        try:
            yield
        except BaseException as failure:
            broken = isinstance(failure, SourceError) and not isinstance(failure, _NotRead | ForNoNewDatabase)
            if self.remove_after or broken:
                self._remove(names)
            raise
        if self.remove_after:
            self._remove(names)

    def _remove_new(self, before: dict[str, str]) -> None:
        """Delete what was not there before; only say it of what was there, and is another file now."""
        try:
            new = [name for names in self._new(before) for name in names]
        except SourceError as error:
            log.warning("half a dump may be left in %s: %s", self.folder, error.message)
            return
        self._remove([name for name in new if name not in before])
        for name in new:
            if name in before:
                log.warning("%s/%s was changed by the script that failed: it may be half a dump", self.folder, name)

    def _remove(self, files: list[str]) -> None:
        for name in files:
            try:
                output(self._shell.command("rm", "-f", "--", f"{self.folder}/{name}"))
            except SourceError as error:
                log.warning("%s/%s is left there, in plain text: %s", self.folder, name, error.message)

    def _new(self, before: dict[str, str]) -> list[list[str]]:
        """The names of each file that was not there before: a link, as to the latest, is another name of one."""
        known, new = set(before.values()), dict[str, list[str]]()
        for name, state in sorted(self._files().items()):
            if state not in known:
                new.setdefault(state, []).append(name)
        return list(new.values())

    def _files(self) -> dict[str, str]:
        listed = whole(output(self._shell.command("sh", "-c", LIST, "sh", self.folder, END)))
        lines = (line.partition("/") for line in listed.decode(errors="surrogateescape").splitlines())
        return {name: state for state, _, name in lines}


def passed(chunks: Iterator[bytes], scan: Scan) -> Iterator[bytes]:
    """The same compressed chunks, expanded beside to see that they hold a whole dump. Raises SourceError."""
    waiting: list[bytes] = []

    def beside() -> Iterator[bytes]:
        for chunk in chunks:
            waiting.append(chunk)
            yield chunk

    try:
        for _ in scan.watch(complete(decompress(beside()))):
            yield from waiting
            waiting.clear()
    except VerificationError as error:
        raise SourceError(
            f"the script's dump: {error.message}", hint="a pg_dump that failed leaves such a file"
        ) from error
    yield from waiting
