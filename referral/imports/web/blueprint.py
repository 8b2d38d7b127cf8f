"""What the pages about imports share."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash

from referral.errors import RefusedError
from referral.imports.records import Tab
from referral.imports.web import labels as words
from referral.records.accounts import Permission
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
