"""nginx with its dav module and dav-ext, which adds PROPFIND."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from integration.davservers import WORKER, Server, free_port, give, home, running, write_users
from tests.programs import needed

_CONFIG = """
load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;
user {worker};
worker_processes 1;
daemon off;
pid {folder}/pid;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/served;
        client_max_body_size {largest};
        auth_basic backups;
        auth_basic_user_file {folder}/users;
        dav_methods PUT DELETE MKCOL MOVE;
        dav_ext_methods PROPFIND OPTIONS;
    }}
}}
"""


@contextmanager
def nginx(largest: int = 0) -> Iterator[Server]:
    """A running nginx, with basic authentication: it knows no other.

    `largest`: bytes of a body, 0 for no limit; unset it is 1 MiB, too small for any backup.
    """
    needed("nginx")
    with home() as folder:
        port = free_port()
        (folder / "nginx.conf").write_text(_CONFIG.format(worker=WORKER, port=port, folder=folder, largest=largest))
        write_users(folder / "users")
        (folder / "bodies").mkdir()
        give(folder / "bodies")
        argv = ["/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"]
        with running(argv, port, folder / "log"):
            yield Server(f"http://127.0.0.1:{port}/", folder / "served")
