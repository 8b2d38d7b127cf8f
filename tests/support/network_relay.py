"""A relay before a real PostgreSQL, to cut its network, or to keep it silent, and to mend it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy.engine import URL, make_url


class Relay:
    """Passes bytes between programs here and a PostgreSQL."""

    def __init__(self, server: URL) -> None:
        folder = server.query.get("host") or server.host or ""
        self._is_folder = str(folder).startswith("/")
        port = int(str(server.query.get("port") or server.port or 5432))
        self._target = (
            str(Path(str(folder)) / f".s.PGSQL.{port}") if self._is_folder else (str(folder), port)
        )
        self._talking = threading.Event()
        self._talking.set()
        self._refuses = False
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections, and every new one at once."""
        self._refuses = True
        self._close_all()

    def keep_silent(self) -> None:
        """Take what is sent and answer nothing, as a server that hangs."""
        self._talking.clear()

    def mend(self) -> None:
        """Pass bytes again."""
        self._refuses = False
        self._talking.set()

    def close(self) -> None:
        """End all connections for good."""
        self._talking.set()
        self._listener.close()
        self._close_all()

    def _close_all(self) -> None:
        while self._open:
            ended = self._open.pop()
            with suppress(OSError):
                ended.shutdown(socket.SHUT_RDWR)
            ended.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._refuses:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX if self._is_folder else socket.AF_INET)
                server.connect(self._target)
                self._open += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                self._talking.wait()
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def relayed(database_url: str) -> Iterator[tuple[Relay, str]]:
    """Yield a relay, and the URL of the same database through it."""
    url = make_url(database_url)
    relay = Relay(url)
    query = {name: value for name, value in url.query.items() if name not in {"host", "port"}}
    through = url.set(host="127.0.0.1", port=relay.port, query=query)
    try:
        yield relay, through.render_as_string(hide_password=False)
    finally:
        relay.close()
