"""The container's own `backup` script, as the procedure this replaces ran it; only the file that this run made.

"Newest file" can be yesterday's, or a leftover .md5: the folder is listed before and after; exactly one dump is new.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from backuptool.compression import compress, decompress
from backuptool.errors import CommandFailed, SourceError, VerificationError
from backuptool.shells import Shell
from backuptool.shells.stream import output, read
from backuptool.sources.completeness import complete
from backuptool.sources.pg_dump import PgDump

# inode, change time and size tell a file that was overwritten from one that was there before.
LIST = 'cd "$1" && for f in *.sql.gz *.sql; do if test -f "$f"; then stat -c "%i %z %s/%n" "$f"; fi; done'


@dataclass(slots=True)
class Script:
    """A script that writes a dump into `folder`; `remove_after` deletes what this run made, once it is read."""

    properties: PgDump
    argv: tuple[str, ...] = ("backup",)
    folder: str = "/backups"
    remove_after: bool = False

    def prepare(self) -> None:
        """See that the folder and the database are there. Raises SourceError."""
        self.properties.prepare()
        self._files()

    def dump(self) -> Generator[bytes, None, None]:
        """The file that the script made, compressed; a `.gz` passes unchanged. Raises SourceError."""
        name = self._run()
        chunks = read(self._shell.command("cat", "--", f"{self.folder}/{name}"))
        yield from passed(chunks) if name.endswith(".gz") else compress(complete(chunks))
        if self.remove_after:
            output(self._shell.command("rm", "--", f"{self.folder}/{name}"))

    def database(self) -> Iterator[bytes]:
        """As PgDump's."""
        return self.properties.database()

    def roles(self) -> Iterator[bytes]:
        """As PgDump's."""
        return self.properties.roles()

    @property
    def _shell(self) -> Shell:
        return self.properties.server.shell

    def _run(self) -> str:
        before = self._files()
        try:
            output(self._shell.command(*self.argv))
        except CommandFailed as error:
            raise SourceError(error.message, hint=f"run it by hand: {' '.join(self.argv)}") from error
        new = sorted(name for name, state in self._files().items() if before.get(name) != state)
        if len(new) != 1:
            found = ", ".join(new) or "none"
            raise SourceError(
                f"`{' '.join(self.argv)}` should have made one dump in {self.folder}; new there: {found}",
                hint="check the script's folder, and that nothing else writes dumps there meanwhile",
            )
        return new[0]

    def _files(self) -> dict[str, str]:
        listed = output(self._shell.command("sh", "-c", LIST, "sh", self.folder)).decode(errors="surrogateescape")
        lines = (line.partition("/") for line in listed.splitlines())
        return {name: state for state, _, name in lines}


def passed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same compressed chunks, expanded beside to see that they hold a whole dump. Raises SourceError."""
    waiting: list[bytes] = []

    def beside() -> Iterator[bytes]:
        for chunk in chunks:
            waiting.append(chunk)
            yield chunk

    try:
        for _ in complete(decompress(beside())):
            yield from waiting
            waiting.clear()
    except VerificationError as error:
        raise SourceError(
            f"the script's dump: {error.message}", hint="a pg_dump that failed leaves such a file"
        ) from error
    yield from waiting
