"""Redirects from merged services and organizations to the surviving record."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from referral.directory.redirects import public_surviving_id
from referral.errors import NotFoundError
from referral.web.current import current_directory
from referral.web.errors import error_page

_KINDS = ("service", "organization")


def redirect_to_survivor(_: NotFoundError) -> ResponseReturnValue:
    """Redirect to the record that this one was merged into; else say that there is none.

    For now (302), not forever: a merge can be taken back.
    """
    for kind in _KINDS:
        old_id = (request.view_args or {}).get(f"{kind}_id")
        found = public_surviving_id(current_directory(), kind, str(old_id)) if old_id else ""
        if found and request.endpoint:
            return redirect(url_for(request.endpoint, **{f"{kind}_id": found}))  # type: ignore[arg-type]
    return error_page(404)
