"""Public pages of guides: the list, and each guide."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from referral.guides.published import PublishedGuides, known_guides, open_guide, read_published
from referral.guides.records import Guide
from referral.records.accounts import Permission
from referral.web.current import current_directory, kept_value
from referral.web.staff.permissions import account_or_none

guides = Blueprint("guides", __name__, url_prefix="/guides")
EDIT = Permission.EDIT_VOCABULARY
_PUBLISHED = "referral_guides"


@guides.get("")
def list_published() -> ResponseReturnValue:
    """List the guides that are published."""
    listed = read_published(current_directory()).guides
    return render_template("guides/guides.html", guides=listed)


@guides.get("/<string:slug>")
def show(slug: str) -> ResponseReturnValue:
    """Show a guide; an address that it had before leads to the one it has."""
    page = open_guide(current_directory(), slug)
    if slug != page.guide.content.slug:
        return redirect(url_for("guides.show", slug=page.guide.content.slug), 301)
    return render_template("guides/guide.html", page=page, guide=page.guide)


def published_guides(*, is_fresh: bool = False) -> PublishedGuides:
    """The published guides for the frame of pages; read again when something changed, or now.

    The change log tells all processes of a change, within a second or two.
    """
    if is_fresh:
        forget_published()
    directory = current_directory()
    return kept_value(_PUBLISHED, lambda: known_guides(directory), directory.texts.point)


def forget_published() -> None:
    """Have them read again, after one was changed."""
    current_app.extensions.pop(_PUBLISHED, None)


def guide_about(words: str) -> Guide | None:
    """A guide that a search could mean."""
    return published_guides().about(words)


def guide_edit_address(guide: Guide) -> str:
    """Where a guide is edited; "" for whoever may not."""
    account = account_or_none()
    may = account is not None and account.may(EDIT)
    return url_for("guide_editor.edit", guide_id=guide.id) if may else ""
