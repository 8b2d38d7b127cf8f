"""A mail host on a free port of this machine that records the letters it receives, or refuses."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

from referral.settings import Settings
from tests.support.server import running


class _SmtpHandler(socketserver.StreamRequestHandler):
    """Handles the part of SMTP that one letter needs."""

    def handle(self) -> None:
        self._send_line("220 here")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"QUIT":
                self._send_line("221 bye")
                return
            if word == b"DATA" and self._can_take_letter():
                self._take_letter()
            elif word == b"DATA":
                return
            elif word == b"RCPT" and self._is_refused(line):
                self._send_line("550 not here")
            else:
                self._send_line("250 fine")

    def _is_refused(self, line: bytes) -> bool:
        host: MailHost = self.server  # type: ignore[assignment]
        return host.refusing or any(address.encode() in line for address in host.unknown)

    def _can_take_letter(self) -> bool:
        """Return whether a letter may be sent; after ``pauses_after`` of them wait, then refuse."""
        host: MailHost = self.server  # type: ignore[assignment]
        if host.pauses_after is None or len(host.letters) < host.pauses_after:
            return True
        host.is_paused.set()
        host.resume.wait(10)
        return False

    def _take_letter(self) -> None:
        self._send_line("354 go on")
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b"."))
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        host: MailHost = self.server  # type: ignore[assignment]
        is_sign_in_notice = letter["Subject"].startswith("Signed in: ")
        (host.sign_ins if is_sign_in_notice else host.letters).append(letter)
        self._send_line("250 kept")

    def _send_line(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class MailHost(socketserver.ThreadingTCPServer):
    """A mail host that records the letters it receives.

    Attributes:
        unknown: addresses that are refused.
        pauses_after: number of letters after which the next sender waits for ``resume`` and is then
            disconnected; None for no limit.
        is_paused: set while a sender waits.
        sign_ins: letters about a sign-in in a new browser, apart from ``letters`` because every test
            that signs in sends one.
    """

    daemon_threads = True

    def __init__(self, *, refusing: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _SmtpHandler)
        self.refusing = refusing
        self.unknown: set[str] = set()
        self.pauses_after: int | None = None
        self.is_paused, self.resume = threading.Event(), threading.Event()
        self.letters: list[EmailMessage] = []
        self.sign_ins: list[EmailMessage] = []

    @property
    def url(self) -> str:
        """The value of REFERRAL_SMTP_URL for this host."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"


@contextmanager
def mail_host(*, refusing: bool = False) -> Iterator[MailHost]:
    """Run a mail host for the length of a with block."""
    with running(MailHost(refusing=refusing)) as host:
        yield host


def mail_settings(settings: Settings, host: MailHost) -> Settings:
    """Return settings changed so that the library sends its mail through a host."""
    return replace(
        settings,
        smtp_url=host.url,
        mail_from="library@library.example",
        public_url="https://library.example",
    )
