"""Blueprint of the import pages, with shared helpers: refusals, labels, audience."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash

from referral.errors import RefusedError
from referral.fields.text_diff import Piece, excerpt, side_by_side
from referral.imports.web import group_labels, labels
from referral.records.accounts import Permission
from referral.records.visibility import Audience
from referral.web.messages import message_text
from referral.web.staff.access import current_account

imports = Blueprint("imports", __name__, url_prefix="/admin/imports")
IMPORT = Permission.IMPORT_LISTS


def flash_refusal(action: Callable[[], object]) -> None:
    """Run an action on an import; if it is refused, flash the reason as a message."""
    try:
        action()
    except RefusedError as error:
        flash(message_text(error.message))


def audience() -> Audience:
    """Return the audience of the user on import pages, who may have to see withheld records."""
    sees_all = current_account().may(Permission.SEE_STAFF_ONLY)
    return Audience.CURATION if sees_all else Audience.PUBLIC


@imports.context_processor
def _labels() -> dict[str, object]:
    return {"labels": labels, "groups": group_labels, "excerpt": excerpt, "pieces": _pieces}


def _pieces(old: Any, new: Any) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return a field's old and new text in pieces, to mark where an import changes it."""
    return side_by_side(*("" if value is None else str(value) for value in (old, new)))
