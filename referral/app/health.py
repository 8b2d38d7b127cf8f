"""State of the installation: endpoints for load balancers, and a page for admins."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    got_request_exception,
    jsonify,
    render_template,
)
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from referral.app.checks import PAGE, diagnose, readiness, unnamed_proxy
from referral.directory.health import count_services, index_lag
from referral.directory.instance import Instance
from referral.errors import InstanceError
from referral.records.accounts import Permission
from referral.search.query import SearchQuery
from referral.web.current import current_instance
from referral.web.i18n.catalogs import available_languages
from referral.web.staff.access import requires
from referral.web.staff.navigation import StaffPage, Work, register_staff_pages
from referral.web.staff.page_parts import register_page_part

health = Blueprint("health", __name__, url_prefix="/health")
checks = Blueprint("checks", __name__, url_prefix="/admin/checks")
_PERMISSION = Permission.MANAGE_ACCOUNTS
FIRST_PAGE = "referral_first_page"  # in app.extensions
_LOCAL_ADDRESS = "http://127.0.0.1/"  # every site answers under this address
_COMMON_WORDS = "food"


class FirstPage:
    """Rendering of the first pages of a process before visitors request any. Thread-safe.

    A first page takes up to a hundred times as long as the next: words and names are loaded,
    holidays computed, texts and templates compiled. After a page failed, the first pages are
    rendered again, to find out whether others fail too.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._is_rendered = False
        got_request_exception.connect(self._note_failure, app)

    def _note_failure(self, _app: Flask, **_: object) -> None:
        self._is_rendered = False

    def make(self) -> bool:
        """Return whether the first pages were rendered without a failure, rendering them if needed.

        While another thread renders them, the result is False.
        """
        if self._is_rendered or not self._lock.acquire(blocking=False):
            return self._is_rendered
        try:
            instance: Instance = self._app.extensions["referral"]
            instance.index.search(SearchQuery(words=_COMMON_WORDS))
            self._compile_templates()
            # Without words, since searches without results are counted.
            results = [f"/search?lang={code}" for code in self._languages()]
            self._is_rendered = all(map(self._is_page_rendered, ["/", "/suggest?q=fo", *results]))
        except InstanceError:
            pass
        finally:
            self._lock.release()
        return self._is_rendered

    def _languages(self) -> tuple[str, ...]:
        with self._app.app_context():
            return available_languages()

    def _compile_templates(self) -> None:
        environment = self._app.jinja_env
        for name in environment.list_templates(filter_func=lambda name: name.startswith("patron/")):
            environment.get_template(name)

    def _is_page_rendered(self, path: str) -> bool:
        answer = self._app.test_client().get(path, base_url=_LOCAL_ADDRESS)
        return answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR


def make_first_page(app: Flask) -> bool:
    """Render the first pages of this process before visitors do; return whether that succeeded."""
    return cast(FirstPage, app.extensions[FIRST_PAGE]).make()


def init_app(app: Flask) -> None:
    """Register the health endpoints and the admins' page on the installation's state."""
    app.register_blueprint(health)
    app.extensions[FIRST_PAGE] = FirstPage(app)
    app.register_blueprint(checks)
    register_page_part(
        app, "start", "staff/unnamed_proxy.html", _unnamed_proxy_values, permission=_PERMISSION
    )
    register_staff_pages(
        app,
        StaffPage(
            endpoint="checks.show",
            work=Work.PEOPLE,
            label=lazy_gettext("State of the site"),
            description=lazy_gettext("What is wrong with this site, and what to do."),
            icon="clipboard-check",
            permission=_PERMISSION,
        ),
    )


@health.get("/live")
def live() -> Response:
    """Answer a load balancer that the process runs, without any check."""
    return jsonify(status="live")


@health.get("/ready")
def ready() -> tuple[Response, int]:
    """Answer a load balancer whether this node can serve visitors, with the state of each part."""
    instance = current_instance()
    parts = readiness(instance)
    is_ready = all(parts.values())
    has_pages = is_ready and make_first_page(current_app)
    answer = jsonify(
        status="ready" if has_pages else "not ready",
        **parts,
        pages=has_pages,
        index_lag=index_lag(instance) if parts["schema"] else 0,
        services=count_services(instance) if is_ready else 0,
        checked_at=instance.now().isoformat(),
    )
    return answer, 200 if has_pages else 503


@checks.get("")
@requires(_PERMISSION)
def show() -> ResponseReturnValue:
    """Show admins the results of the installation's checks: problems, suggestions, fine parts."""
    return render_template("staff/checks.html", diagnosis=diagnose(current_instance(), PAGE))


def _unnamed_proxy_values() -> Mapping[str, Any]:
    return {"findings": unnamed_proxy(current_instance())}
