"""A mail host on a free port of this machine that keeps what it is sent, or refuses all of it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

from referral.settings import Settings
from tests.support.server import running


class _Talk(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as one letter needs."""

    def handle(self) -> None:
        self._say("220 here")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"QUIT":
                self._say("221 bye")
                return
            if word == b"DATA" and self._may_take():
                self._take_letter()
            elif word == b"DATA":
                return
            elif word == b"RCPT" and self._is_refused(line):
                self._say("550 not here")
            else:
                self._say("250 fine")

    def _is_refused(self, line: bytes) -> bool:
        host: MailHost = self.server  # type: ignore[assignment]
        return host.refusing or any(address.encode() in line for address in host.unknown)

    def _may_take(self) -> bool:
        """Wait at the letter where a test wants to look, or end there."""
        host: MailHost = self.server  # type: ignore[assignment]
        if host.holds_after is None or len(host.letters) < host.holds_after:
            return True
        host.is_held.set()
        host.let_go.wait(10)
        return False

    def _take_letter(self) -> None:
        self._say("354 go on")
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b"."))
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        host: MailHost = self.server  # type: ignore[assignment]
        tells_of_sign_in = letter["Subject"].startswith("Signed in: ")
        (host.sign_ins if tells_of_sign_in else host.letters).append(letter)
        self._say("250 kept")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class MailHost(socketserver.ThreadingTCPServer):
    """The host: its address for settings, and the letters that came.

    Those that tell of a sign-in in a new browser are apart: every test that signs in sends one.
    It refuses the addresses in ``unknown``. After ``holds_after`` letters it keeps whoever sends
    waiting until ``let_go``, and hangs up.
    """

    daemon_threads = True

    def __init__(self, *, refusing: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.refusing = refusing
        self.unknown: set[str] = set()
        self.holds_after: int | None = None
        self.is_held, self.let_go = threading.Event(), threading.Event()
        self.letters: list[EmailMessage] = []
        self.sign_ins: list[EmailMessage] = []

    @property
    def url(self) -> str:
        """Return what REFERRAL_SMTP_URL would be."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"


@contextmanager
def mail_host(*, refusing: bool = False) -> Iterator[MailHost]:
    """Run a host for the length of a with block."""
    with running(MailHost(refusing=refusing)) as host:
        yield host


def mail_settings(settings: Settings, host: MailHost) -> Settings:
    """The settings of a library that sends its mail through this host."""
    return replace(
        settings,
        smtp_url=host.url,
        mail_from="library@library.example",
        public_url="https://library.example",
    )
