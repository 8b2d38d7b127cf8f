"""The visit of a request at a terminal: its cookie, and cleaning up after an ended visit.

Cookies of an ended visit (language, list, sign-in) are removed from the request before anything
reads them, and deleted in the browser by the response. The session cookie is encrypted under the
visit, so that it ends with it: a browser stores cookies in a file. Elsewhere than at terminals it
is signed and readable (my list, the form token).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, current_app, g, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner
from werkzeug.http import dump_cookie
from werkzeug.wrappers import Request

from referral.directory.instance import CLOCK_SKEW_SECONDS, Instance
from referral.settings import Settings
from referral.terminal.seal_cipher import seal, unseal
from referral.terminal.visits import Visit, Visits, new_visit
from referral.web.current import cookie_path
from referral.web.display_preferences import COOKIE as CHOICES_COOKIE
from referral.web.display_preferences import cookie_options
from referral.web.staff.access import COOKIE as STAFF_COOKIE
from referral.web.staff.access import end_session_of, staff_cookie_options
from referral.web.terminal_device import COOKIE as DEVICE_COOKIE
from referral.web.terminal_device import device_of_mark, is_terminal

VISIT_COOKIE = "visit"
SESSION_COOKIE = "referral"
_VISIT_COOKIES = (VISIT_COOKIE, CHOICES_COOKIE, SESSION_COOKIE, STAFF_COOKIE)
_VISIT, _LEFT_COOKIES = "referral.visit", "referral.left_behind"  # in the WSGI environment
VISITS = "referral_visits"  # in app.extensions


def init_app(app: Flask) -> None:
    """Install the hooks that sign out and delete cookies of ended visits at terminals."""
    instance: Instance = app.extensions["referral"]
    app.extensions[VISITS] = Visits(instance)

    @app.before_request
    def end_left_session() -> None:
        if token := request.environ.get(_LEFT_COOKIES, {}).get(STAFF_COOKIE):
            end_session_of(token)

    app.after_request(_delete_left_cookies)


def read_visit(environ: WSGIEnvironment, visits: Visits, settings: Settings) -> None:
    """Read the visit of a request from a terminal. Remove the cookies of an ended visit."""
    cookies = Request(environ).cookies
    if not (settings.terminal or device_of_mark(settings, cookies.get(DEVICE_COOKIE, ""))):
        return
    visit = environ[_VISIT] = visits.read(cookies.get(VISIT_COOKIE, ""))
    left_cookies = {name: cookies[name] for name in _VISIT_COOKIES if name in cookies}
    if visit is None and left_cookies:
        environ[_LEFT_COOKIES] = left_cookies
        environ["HTTP_COOKIE"] = "; ".join(
            dump_cookie(name, value, path=None)
            for name, value in cookies.items()
            if name not in left_cookies
        )


def site_visits() -> Visits:
    """Return the store of visits at this site's terminals."""
    return cast(Visits, current_app.extensions[VISITS])


def live_visit(environ: WSGIEnvironment | None = None) -> Visit | None:
    """Return the terminal visit of the current request; None if over or not from a terminal."""
    return cast("Visit | None", (environ or request.environ).get(_VISIT))


def current_visit() -> Visit:
    """Return the terminal visit that the response belongs to; a new one if there was none."""
    if "visit" not in g:
        g.visit = live_visit() or new_visit()
    return cast(Visit, g.visit)


def use_visit() -> None:
    """Begin a new terminal visit, marked as used, unless the current one is used already.

    The cookie of a start page is valid longer, and a browser that crashed may restore it.
    """
    if not current_visit().is_used:
        g.visit = new_visit(is_used=True)


def visit_is_used() -> bool:
    """Return whether more than the start page was opened in this visit at a terminal."""
    return current_visit().is_used


def visit_continues() -> bool:
    """Return whether the terminal visit of this request had already shown a page."""
    visit = live_visit()
    return visit is not None and visit.is_used and not visit.is_first


def visit_secret(purpose: str) -> str:
    """Return the key of the current terminal visit for one purpose."""
    return site_visits().secret(current_visit(), purpose)


def renew_visit(response: Response) -> None:
    """Renew the cookie of a terminal visit, unless the response already sets it."""
    if "visit" in g and not _sets_cookie(response, VISIT_COOKIE):
        visit = current_visit()
        if visit == live_visit():
            visit = replace(visit, is_first=False)
        cookie = site_visits().cookie_of(visit)
        response.set_cookie(VISIT_COOKIE, cookie, **cookie_options())


def _delete_left_cookies(response: Response) -> Response:
    left_cookies = request.environ.get(_LEFT_COOKIES, {})
    if left_cookies and not (request.endpoint or "").endswith("static"):
        for name in left_cookies:
            if not _sets_cookie(response, name):
                options = staff_cookie_options() if name == STAFF_COOKIE else cookie_options()
                response.delete_cookie(name, **options)
        response.headers.setdefault("Clear-Site-Data", '"cache", "storage"')
    return response


def _sets_cookie(response: Response, name: str) -> bool:
    return any(line.startswith(f"{name}=") for line in response.headers.getlist("Set-Cookie"))


class VisitSessions(SecureCookieSessionInterface):
    """Flask's cookie session, which at a terminal is encrypted with the visit's key."""

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002  # as Flask has it
        """Return the path of the session cookie: the folder under which the site is served."""
        return cookie_path()

    def get_signing_serializer(self, app: Flask) -> Any:
        """Return the serializer of the session cookie for this request."""
        signing = super().get_signing_serializer(app)
        if signing is None:
            return None
        signing.signer = _NodeSigner
        return _SealingSerializer(signing) if is_terminal() else signing


class _NodeSigner(TimestampSigner):
    """Signer of session cookies that accepts signatures of a node whose clock is slightly ahead."""

    def unsign(
        self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False
    ) -> Any:
        value, signed_at = super().unsign(signed_value, return_timestamp=True)
        age = self.get_timestamp() - signed_at.timestamp()
        if max_age is not None and not -CLOCK_SKEW_SECONDS <= age <= max_age:
            raise SignatureExpired("Signed too long ago, or in the future.", value, signed_at)
        return (value, signed_at) if return_timestamp else value


class _SealingSerializer:
    def __init__(self, signing: Any) -> None:
        self._signing = signing

    def dumps(self, session: dict[str, Any]) -> str:
        return seal(visit_secret("session"), str(self._signing.dumps(session)))

    def loads(self, cookie: str, max_age: int | None = None) -> Any:
        signed = unseal(visit_secret("session"), cookie)
        if signed is None:
            raise BadSignature("The session of another visit.")
        return self._signing.loads(signed, max_age=max_age)
