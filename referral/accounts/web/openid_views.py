"""Sign-in by OpenID Connect: the requests to the provider and its answers, with Authlib.

Browsers do not send our session cookie with a request that another site starts. So the provider's
redirect ends at a page of this site, which forwards the browser.
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

from referral.accounts.openid import (
    authentication_time,
    confirm_by_openid,
    openid_key,
    sign_in_by_openid,
)
from referral.accounts.web.own_account_views import OWN, staff
from referral.accounts.web.session_cookie import set_session
from referral.accounts.web.sign_in_views import entrance, sign_in_refused
from referral.errors import SettingsError
from referral.records.accounts import AccountRefusedError
from referral.settings import Settings
from referral.web.current import current_instance, current_settings
from referral.web.staff.access import COOKIE, current_account, requires, safe_redirect_path
from referral.web.staff.labels import refusal_text

_CLIENT = "referral_openid"
_REQUESTED = "openid_asked"
_CONFIRMED = "openid_shown"
_TIMEOUT_SECONDS = 10  # for each request to the provider


def init_app(app: Flask) -> None:
    """Create the client of the OpenID Connect provider, if the settings name one.

    Raises:
        SettingsError: a provider is set, but Authlib is not installed.
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
            "default_timeout": _TIMEOUT_SECONDS,
        },
    )


@entrance.get("/openid")
def openid() -> ResponseReturnValue:
    """Redirect to the OpenID provider, to sign in or to confirm the user's identity."""
    settings, client = _settings_and_client()
    reauthentication = {"prompt": "login", "max_age": 0} if "again" in request.args else {}
    next_path = safe_redirect_path(request.args.get("next", ""))
    try:
        if client.load_server_metadata().get("issuer", "").rstrip("/") != settings.openid_issuer:
            return _provider_failed("issuer")
        target = client.authorize_redirect(_redirect_uri(), **reauthentication)
    except _provider_errors() as error:
        return _provider_failed(type(error).__name__)
    session[_REQUESTED] = {"next": next_path, "again": bool(reauthentication)}
    return target  # type: ignore[no-any-return]


@entrance.get("/openid/back")
def openid_back() -> ResponseReturnValue:
    """Read the OpenID provider's answer, and begin or confirm a session."""
    settings, client = _settings_and_client()
    requested = session.pop(_REQUESTED, None)
    if requested is None:
        return sign_in_refused(gettext("That took too long. Please sign in again."))
    try:
        claims = _claims(client, settings)
    except _provider_errors() as error:
        return _provider_failed(type(error).__name__)
    if requested["again"]:
        authenticated_at = authentication_time(claims)
        session[_CONFIRMED] = [
            openid_key(settings, claims),
            authenticated_at.timestamp() if authenticated_at else 0,
        ]
        return _forward_page(url_for("staff.openid_shown"))
    try:
        signed_in = sign_in_by_openid(current_instance(), claims)
    except AccountRefusedError as error:
        return sign_in_refused(refusal_text(error))
    session.clear()
    target = current_app.jinja_env.filters["sealed"](requested["next"])
    if signed_in.waits_for_code:
        target = url_for("entrance.code", next=requested["next"])
    return set_session(make_response(_forward_page(target)), signed_in)


@staff.get("/openid-shown")
@requires(OWN, adds_second_factor=True)
def openid_shown() -> ResponseReturnValue:
    """Confirm the session of a user who has authenticated again at the provider."""
    key, timestamp = session.pop(_CONFIRMED, ("", 0))
    try:
        confirm_by_openid(
            current_instance(),
            current_account(),
            request.cookies.get(COOKIE, ""),
            key,
            datetime.fromtimestamp(timestamp, UTC),
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
    has_roles = settings.openid_claim in claims or settings.openid_claim.split(".")[0] in claims
    if not (has_roles and "email" in claims) and client.server_metadata.get("userinfo_endpoint"):
        userinfo = dict(client.userinfo(token=token))
        if userinfo.get("sub") != claims["sub"]:
            raise ValueError("The service names somebody else.")
        claims = {**userinfo, **claims}
    return claims


def _settings_and_client() -> tuple[Settings, Any]:
    settings = current_settings()
    if not settings.openid_issuer:
        abort(404)
    return settings, current_app.extensions[_CLIENT]


def _redirect_uri() -> str:
    """Return the redirect URI that is registered at the OpenID provider."""
    path = current_app.url_map.bind("").build("entrance.openid_back")
    return current_settings().public_url + path


def _forward_page(target: str) -> ResponseReturnValue:
    page = make_response(render_template("accounts/openid_back.html", target=target))
    page.headers["Refresh"] = f"0; url={target}"
    return page


def _provider_failed(reason: str) -> ResponseReturnValue:
    """Show that the OpenID provider failed. Only the kind of error is logged, never its message."""
    current_app.logger.warning("sign-in by OpenID Connect failed: %s", reason)
    return sign_in_refused(gettext("Signing in there did not work. Try again in a minute."), 502)


def _provider_errors() -> tuple[type[Exception], ...]:
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
