"""What the pages about imports share."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash

from referral.records.accounts import Permission
from referral.records.errors import RefusedError
from referral.records.imports import Tab
from referral.web.admin.imports import words
from referral.web.told import sentence_words

imports = Blueprint("imports", __name__, url_prefix="/admin/imports")
IMPORT = Permission.IMPORT_LISTS


def do(action: Callable[[], object]) -> None:
    """Do it, or say why not."""
    try:
        action()
    except RefusedError as error:
        flash(sentence_words(str(error)))


@imports.context_processor
def _words() -> dict[str, object]:
    return {"words": words, "tabs": Tab}
