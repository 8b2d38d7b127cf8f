"""Sign-in by the county's own service (OpenID Connect): there and back, with Authlib.

Our session cookie is for no request that another site leads to. So the way back ends on a page of
ours, which goes on by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import (
    Flask,
    abort,
    current_app,
    make_response,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.accounts.openid import confirm_by_openid, openid_key, shown_at, sign_in_by_openid
from referral.accounts.web.own_account_views import OWN, staff
from referral.accounts.web.session_cookie import hand_over_session
from referral.accounts.web.sign_in_views import entrance, sign_in_refused
from referral.errors import SettingsError
from referral.records.accounts import AccountRefusedError
from referral.settings import Settings
from referral.web.current import current_instance, current_settings
from referral.web.staff.access import COOKIE, current_account, requires, safe_redirect_path
from referral.web.staff.labels import refusal_text

_CLIENT = "referral_openid"
_ASKED = "openid_asked"
_SHOWN = "openid_shown"
_ANSWER_WITHIN = 10  # seconds that the service has for each of our requests


def init_app(app: Flask) -> None:
    """Prepare what talks to the service, where one is set.

    Raises:
        SettingsError: a service is set, and what is needed to talk to it is not installed.
    """
    settings: Settings = app.config["REFERRAL_SETTINGS"]
    if not settings.openid_issuer:
        return
    try:
        from authlib.integrations.flask_client import OAuth  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise SettingsError(
            'REFERRAL_OPENID_ISSUER needs more packages: pip install "referral[openid]".'
        ) from error
    app.extensions[_CLIENT] = OAuth(app).register(
        name="openid",
        client_id=settings.openid_client_id,
        client_secret=settings.openid_client_secret,
        server_metadata_url=f"{settings.openid_issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": _ANSWER_WITHIN,
        },
    )


@entrance.get("/openid")
def openid() -> ResponseReturnValue:
    """Redirect to the OpenID provider, to sign in or to confirm the session."""
    settings, client = _service()
    again = {"prompt": "login", "max_age": 0} if "again" in request.args else {}
    wanted = safe_redirect_path(request.args.get("next", ""))
    try:
        if client.load_server_metadata().get("issuer", "").rstrip("/") != settings.openid_issuer:
            return _no_answer("issuer")
        target = client.authorize_redirect(_way_back(), **again)
    except _faults() as error:
        return _no_answer(type(error).__name__)
    session[_ASKED] = {"next": wanted, "again": bool(again)}
    return target  # type: ignore[no-any-return]


@entrance.get("/openid/back")
def openid_back() -> ResponseReturnValue:
    """Take what the service says of the person, and begin the session."""
    settings, client = _service()
    asked = session.pop(_ASKED, None)
    if asked is None:
        return sign_in_refused(gettext("That took too long. Please sign in again."))
    try:
        claims = _claims(client, settings)
    except _faults() as error:
        return _no_answer(type(error).__name__)
    if asked["again"]:
        at = shown_at(claims)
        session[_SHOWN] = [openid_key(settings, claims), at.timestamp() if at else 0]
        return _go_on(url_for("staff.openid_shown"))
    try:
        signed_in = sign_in_by_openid(current_instance(), claims)
    except AccountRefusedError as error:
        return sign_in_refused(refusal_text(error))
    session.clear()
    target = current_app.jinja_env.filters["sealed"](asked["next"])
    if signed_in.waits_for_code:
        target = url_for("entrance.code", next=asked["next"])
    return hand_over_session(make_response(_go_on(target)), signed_in)


@staff.get("/openid-shown")
@requires(OWN, adds_second_factor=True)
def openid_shown() -> ResponseReturnValue:
    """Note that the person showed again who it is, and lead back to the page that asked."""
    key, at = session.pop(_SHOWN, ("", 0))
    try:
        confirm_by_openid(
            current_instance(),
            current_account(),
            request.cookies.get(COOKIE, ""),
            key,
            datetime.fromtimestamp(at, UTC),
        )
    except AccountRefusedError as error:
        return render_template("accounts/openid_shown.html", refused=refusal_text(error)), 403
    return render_template("accounts/openid_shown.html", refused="")


def _claims(client: Any, settings: Settings) -> dict[str, Any]:
    """Return the claims of the OpenID user, from the ID token and the userinfo endpoint."""
    token = client.authorize_access_token()
    claims = dict(token.get("userinfo") or {}) if "id_token" in token else {}
    if not claims.get("sub"):
        raise ValueError("The service names nobody.")
    known = settings.openid_claim in claims or settings.openid_claim.split(".")[0] in claims
    if not (known and "email" in claims) and client.server_metadata.get("userinfo_endpoint"):
        more = dict(client.userinfo(token=token))
        if more.get("sub") != claims["sub"]:
            raise ValueError("The service names somebody else.")
        claims = {**more, **claims}
    return claims


def _service() -> tuple[Settings, Any]:
    settings = current_settings()
    if not settings.openid_issuer:
        abort(404)
    return settings, current_app.extensions[_CLIENT]


def _way_back() -> str:
    """Return the redirect URI that the OpenID provider knows."""
    path = current_app.url_map.bind("").build("entrance.openid_back")
    return current_settings().public_url + path


def _go_on(target: str) -> ResponseReturnValue:
    page = make_response(render_template("accounts/openid_back.html", target=target))
    page.headers["Refresh"] = f"0; url={target}"
    return page


def _no_answer(reason: str) -> ResponseReturnValue:
    """Say that the service is not to be had; the log has the kind of fault, and no words."""
    current_app.logger.warning("sign-in by OpenID Connect failed: %s", reason)
    return sign_in_refused(gettext("Signing in there did not work. Try again in a minute."), 502)


def _faults() -> tuple[type[Exception], ...]:
    from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415  # an extra
    from joserfc.errors import JoseError  # noqa: PLC0415
    from requests import RequestException  # noqa: PLC0415

    return (
        AuthlibBaseError,
        JoseError,
        RequestException,
        RuntimeError,
        ValueError,
        KeyError,
        TypeError,
    )
