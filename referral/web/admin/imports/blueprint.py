"""What the pages about imports share."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash

from referral.records.accounts import Permission
from referral.records.errors import RefusedError
from referral.records.imports import Tab
from referral.web.admin.imports import words
from referral.web.messages import message_text

imports = Blueprint("imports", __name__, url_prefix="/admin/imports")
IMPORT = Permission.IMPORT_LISTS


def do(action: Callable[[], object]) -> None:
    """Do it, or say why not."""
    try:
        action()
    except RefusedError as error:
        flash(message_text(error.message))


@imports.context_processor
def _words() -> dict[str, object]:
    return {"words": words, "tabs": Tab}
