"""Apache's mod_dav, with one kind of authentication."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from pathlib import Path
from typing import Literal

from integration.conftest import DAV_PASSWORD, DAV_USER
from integration.davservers import WORKER, Server, give, home, running, write_users
from integration.ports import kept_port
from tests.programs import needed

_MODULES = (
    "mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "auth_digest", "dav", "dav_fs",
)  # fmt: skip

_CONFIG = """
{modules}
ServerName localhost
Listen 127.0.0.1:{port}
User {worker}
Group {worker}
DefaultRuntimeDir {folder}
PidFile {folder}/pid
ErrorLog {folder}/error.log
DavLockDB {folder}/locks/db
DocumentRoot {folder}/served
LimitRequestBody {largest}
<Location />
    Dav On
    AuthType {kind}
    AuthName backups
    AuthUserFile {folder}/users
    AuthDigestNonceLifetime {lifetime}
    {required}
</Location>
"""
_REQUIRED = "Require valid-user"
_REQUIRED_OF_WRITERS = """<LimitExcept GET HEAD OPTIONS PROPFIND>
        Require valid-user
    </LimitExcept>
    <Limit GET HEAD OPTIONS PROPFIND>
        Require all granted
    </Limit>"""


@contextmanager
def apache(
    kind: Literal["Digest", "Basic"], largest: int = 0, lifetime: int = 300, *, open_to_readers: bool = False
) -> Iterator[Server]:
    """A running Apache. `largest`: bytes of a body, 0 for no limit; unset it is 1 GiB since 2.4.54.

    `lifetime`: seconds for which a digest nonce is good, 0 for one request. `open_to_readers`: only who changes
    something is asked for the password.
    """
    needed("apache2")
    with home() as folder, kept_port() as port:
        (folder / "locks").mkdir()
        give(folder / "locks")
        modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in _MODULES)
        config = _CONFIG.format(
            modules=modules,
            port=port,
            worker=WORKER,
            folder=folder,
            kind=kind,
            largest=largest,
            lifetime=lifetime,
            required=_REQUIRED_OF_WRITERS if open_to_readers else _REQUIRED,
        )
        (folder / "apache.conf").write_text(config)
        (_write_digest if kind == "Digest" else write_users)(folder / "users")
        argv = ["/usr/sbin/apache2", "-d", folder, "-f", folder / "apache.conf", "-D", "FOREGROUND"]
        with running(argv, port, folder / "log"):
            yield Server(f"http://127.0.0.1:{port}/", folder / "served")


def _write_digest(path: Path) -> Path:
    secret = md5(f"{DAV_USER}:backups:{DAV_PASSWORD}".encode()).hexdigest()  # noqa: S324 # RFC 7616 as Apache has it
    path.write_text(f"{DAV_USER}:backups:{secret}\n")
    path.chmod(0o644)
    return path
