"""Parts that features add to staff pages of features below them.

A page names a place, and every part registered for it is shown there::

    {{ page_parts("applied import", source=page.line.source, batch_id=page.line.id) }}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, current_app, render_template
from markupsafe import Markup

from referral.records.accounts import Permission
from referral.web.staff.access import account_or_none

_PARTS = "referral_page_parts"


@dataclass(frozen=True, slots=True)
class _PagePart:
    template: str
    values: Callable[..., Mapping[str, Any]]
    permission: Permission


def init_app(app: Flask) -> None:
    """Register ``page_parts()`` for templates, which renders features' parts of a staff page."""
    app.extensions[_PARTS] = defaultdict(list)
    app.jinja_env.globals["page_parts"] = page_parts


def register_page_part(
    app: Flask,
    place: str,
    template: str,
    values: Callable[..., Mapping[str, Any]],
    *,
    permission: Permission,
) -> None:
    """Add a feature's template to a place of another feature's staff page, with a permission.

    Args:
        values: function from the arguments of ``page_parts()`` to the values of the template.
    """
    app.extensions[_PARTS][place].append(_PagePart(template, values, permission))


def page_parts(place: str, **arguments: Any) -> Markup:
    """Render the parts that features added at a place of a staff page and the user may see."""
    account = account_or_none()
    parts = cast("dict[str, list[_PagePart]]", current_app.extensions[_PARTS])
    shown = [part for part in parts[place] if account and account.may(part.permission)]
    return Markup().join(
        Markup(render_template(part.template, **part.values(**arguments)))  # noqa: S704  # rendered by Jinja
        for part in shown
    )
