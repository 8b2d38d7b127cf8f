"""Blueprint of the import pages, and the handling of refusals they share."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash

from referral.errors import RefusedError
from referral.imports.records import Tab
from referral.imports.web import labels
from referral.records.accounts import Permission
from referral.web.messages import message_text

imports = Blueprint("imports", __name__, url_prefix="/admin/imports")
IMPORT = Permission.IMPORT_LISTS


def flash_refusal(action: Callable[[], object]) -> None:
    """Run the action; a refusal becomes a flashed message."""
    try:
        action()
    except RefusedError as error:
        flash(message_text(error.message))


@imports.context_processor
def _labels() -> dict[str, object]:
    return {"labels": labels, "tabs": Tab}
