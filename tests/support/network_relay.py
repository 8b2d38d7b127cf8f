"""A network relay in front of PostgreSQL, with which tests cut, silence and restore its network."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy.engine import URL, make_url


class Relay:
    """Relay on a local port that passes bytes between programs and a PostgreSQL server."""

    def __init__(self, server: URL) -> None:
        folder = server.query.get("host") or server.host or ""
        self._is_socket_folder = str(folder).startswith("/")
        port = int(str(server.query.get("port") or server.port or 5432))
        self._target = (
            str(Path(str(folder)) / f".s.PGSQL.{port}")
            if self._is_socket_folder
            else (str(folder), port)
        )
        self._is_passing = threading.Event()
        self._is_passing.set()
        self._is_refusing = False
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close all connections, and refuse new ones."""
        self._is_refusing = True
        self._close_all()

    def keep_silent(self) -> None:
        """Accept bytes but pass none, as if the server hangs."""
        self._is_passing.clear()

    def mend(self) -> None:
        """Accept connections and pass bytes again."""
        self._is_refusing = False
        self._is_passing.set()

    def close(self) -> None:
        """Close the relay and all its connections."""
        self._is_passing.set()
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
                if self._is_refusing:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX if self._is_socket_folder else socket.AF_INET)
                server.connect(self._target)
                self._open += [client, server]
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._is_passing.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def relayed(database_url: str) -> Iterator[tuple[Relay, str]]:
    """Yield a relay to a database, and the URL of the same database through it."""
    url = make_url(database_url)
    relay = Relay(url)
    query = {name: value for name, value in url.query.items() if name not in {"host", "port"}}
    through = url.set(host="127.0.0.1", port=relay.port, query=query)
    try:
        yield relay, through.render_as_string(hide_password=False)
    finally:
        relay.close()
