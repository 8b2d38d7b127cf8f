"""The session cookie at a terminal: sealed under the visit, so that it ends with it.

Elsewhere it is signed and can be read (my list, the form token). A browser's file of cookies would
keep it after the visit.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature

from referral.terminal.seal_cipher import seal, unseal
from referral.terminal.web.visit_cookie import visit_secret
from referral.web.current import cookie_path
from referral.web.terminal_device import is_terminal


class VisitSessions(SecureCookieSessionInterface):
    """Flask's session in a cookie, which at a terminal nobody can read once the visit is over."""

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002  # as Flask has it
        """The folder in which the site is served."""
        return cookie_path()

    def get_signing_serializer(self, app: Flask) -> Any:
        """What reads and writes the cookie of this request."""
        signing = super().get_signing_serializer(app)
        return _Sealing(signing) if signing and is_terminal() else signing


class _Sealing:
    def __init__(self, signing: Any) -> None:
        self._signing = signing

    def dumps(self, session: dict[str, Any]) -> str:
        return seal(visit_secret("session"), str(self._signing.dumps(session)))

    def loads(self, cookie: str, max_age: int | None = None) -> Any:
        signed = unseal(visit_secret("session"), cookie)
        if signed is None:
            raise BadSignature("The session of another visit.")
        return self._signing.loads(signed, max_age=max_age)
