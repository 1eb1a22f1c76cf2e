"""nginx with its dav module and dav-ext, which adds PROPFIND."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from integration.davservers import WORKER, Server, give, home, running, write_users
from integration.ports import kept_port
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
    map $remote_user $shown {{
        "" {strangers};
        default served;
    }}
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/$shown;
        client_max_body_size {largest};
        dav_methods PUT DELETE MKCOL MOVE;
        dav_ext_methods PROPFIND OPTIONS;
        location / {{
            {required}
        }}
    }}
}}
"""
_REQUIRED = "auth_basic backups; auth_basic_user_file {folder}/users;"
_REQUIRED_OF_WRITERS = f"limit_except GET PROPFIND OPTIONS {{{{ {_REQUIRED} }}}}"  # HEAD goes with GET


@contextmanager
def nginx(largest: int = 0, *, open_to_readers: bool = False, strangers: str = "served") -> Iterator[Server]:
    """A running nginx, with basic authentication: it knows no other.

    `largest`: bytes of a body, 0 for no limit; unset it is 1 MiB, too small for any backup. `open_to_readers`: only who
    changes something is asked for the password. `strangers`: the folder that is shown to who brings no name.
    """
    needed("nginx")
    with home() as folder, kept_port() as port:
        required = (_REQUIRED_OF_WRITERS if open_to_readers else _REQUIRED).format(folder=folder)
        config = _CONFIG.format(
            worker=WORKER, port=port, folder=folder, largest=largest, required=required, strangers=strangers
        )
        (folder / "nginx.conf").write_text(config)
        write_users(folder / "users")
        (folder / strangers).mkdir(exist_ok=True)
        (folder / "bodies").mkdir()
        give(folder / "bodies")
        argv = ["/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"]
        with running(argv, port, folder / "log"):
            yield Server(f"http://127.0.0.1:{port}/", folder / "served")
