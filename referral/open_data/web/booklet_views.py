"""Pages of booklets: choose what is in one, and print it."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext, lazy_gettext
from wtforms import Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from referral.directory.browse import list_headings
from referral.errors import NotFoundError
from referral.open_data.files.booklet import MOST_ENTRIES, BookletGroup, read_booklet
from referral.open_data.web.export_views import exports
from referral.records.accounts import Permission
from referral.records.headings import Heading
from referral.records.visibility import Audience
from referral.web.current import current_directory
from referral.web.i18n.catalogues import available_languages, page_locale
from referral.web.listing_labels import heading_name
from referral.web.search_form import without_controls
from referral.web.staff.permissions import requires
from referral.web.translated_text import full_name_text, term_name

PRINT = Permission.USE_DESK


class BookletForm(Form):
    """What is in a booklet."""

    heading = SelectField(lazy_gettext("What kind of help?"), default="")
    town = StringField(
        lazy_gettext("Town"),
        filters=[without_controls],
        validators=[Length(max=80)],
        description=lazy_gettext("Leave it empty for all towns."),
    )
    language = SelectField(lazy_gettext("Language"), default="en")


@exports.get("/booklet")
@requires(PRINT)
def choose_booklet() -> ResponseReturnValue:
    """Ask what the booklet is about."""
    return _choose(_form())


@exports.get("/booklet/print")
@requires(PRINT)
def print_booklet() -> ResponseReturnValue:
    """Show the booklet, to print or to keep as a PDF."""
    form = _form()
    if not form.validate():
        return _choose(form), 422
    try:
        booklet = read_booklet(current_directory(), form.heading.data, form.town.data or "")
    except NotFoundError:
        return _choose(form), 422
    if not booklet.total:
        problem = gettext("No listing fits. Check how the town is written.")
        return _choose(form, problem), 404
    with force_locale(form.language.data):
        return render_template(
            "exports/booklet_print.html",
            booklet=booklet,
            most=MOST_ENTRIES,
            group_name=_group_name,
            names=_index_of(booklet.groups),
        )


def _form() -> BookletForm:
    form = BookletForm(request.args)
    listed = list_headings(current_directory(), Audience.PUBLIC)
    form.heading.choices = [
        SelectChoice("", gettext("All kinds of help")),
        *(SelectChoice(heading.slug, heading_name(heading)) for heading, _ in listed),
    ]
    own = page_locale()
    form.language.choices = [
        SelectChoice(code, str(own.languages.get(code, code)).capitalize())
        for code in available_languages()
    ]
    return form


def _choose(form: BookletForm, problem: str = "") -> str:
    return render_template("exports/booklet.html", form=form, problem=problem)


def _group_name(group: BookletGroup) -> str:
    if group.about is None:
        return str(gettext("More help"))
    if isinstance(group.about, Heading):
        return heading_name(group.about)
    return term_name(group.about)


def _index_of(groups: Iterable[BookletGroup]) -> list[tuple[str, list[int]]]:
    """The names of services and organizations, A to Z, each with its numbers."""
    found: dict[str, list[int]] = {}
    for group in groups:
        for entry in group.entries:
            by = entry.card.organization
            for name in dict.fromkeys((full_name_text(entry.card), by.name if by else "")):
                if name:
                    found.setdefault(name, []).append(entry.number)
    return sorted(found.items(), key=lambda each: each[0].casefold())
