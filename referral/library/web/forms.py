"""Form for the settings that a library makes for itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput

from referral.directory.site_texts import HOME
from referral.fields.phones import parse_phone
from referral.fields.places.home import find_home, homes_named
from referral.settings import LIBRARY_SETTINGS, Settings
from referral.theme import (
    LARGEST_LOGO,
    TEXT,
    Color,
    ContrastFault,
    Theme,
    checked_logo,
    contrast_faults,
    hex_of,
    parse_color,
)
from referral.web.i18n.page_language import SOURCE

_MOST_PLACES_NAMED = 4  # in the error for an ambiguous name
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_AREA_CODE = re.compile(r"[2-9]\d\d", re.ASCII)
_TOO_LONG = lazy_gettext("Say it in fewer words, please.")
_COLORS = ("color_primary", "color_link", "color_ground")
FIELDS = {HOME, *LIBRARY_SETTINGS} - {"logo", "timezone"}
"""Names of the settings with a field for a text or a choice: all but logo and time zone."""


def _line_field(label: Any, hint: Any = "", most: int = 200, **attributes: Any) -> StringField:
    return StringField(
        label,
        validators=[Length(max=most, message=_TOO_LONG)],
        description=hint,
        render_kw=attributes,
    )


def _days_field(label: Any, hint: Any = "", most: int = 3650) -> IntegerField:
    message = lazy_gettext("Give a number of days from 1 to %(most)s.", most=most)
    return IntegerField(
        label,
        validators=[Optional(), NumberRange(1, most, message=message)],
        description=hint,
        render_kw={"inputmode": "numeric"},
    )


def _color_field(label: Any, hint: Any) -> StringField:
    return _line_field(label, hint, 7, placeholder="#0b5563", spellcheck="false")


class LibraryForm(FlaskForm):
    """A form for the library's settings; its fields have their names."""

    library_name = _line_field(lazy_gettext("Name of the library or of this site"))
    home = _line_field(
        lazy_gettext("ZIP code or town"),
        lazy_gettext("Such as 16335 or Meadville, PA. The time zone follows from it."),
    )
    area_code = _line_field(
        lazy_gettext("Area code"),
        lazy_gettext("Phone numbers that have none get it."),
        3,
        inputmode="numeric",
    )
    ask_place = _line_field(lazy_gettext("Address of the reference desk"))
    ask_phone = _line_field(lazy_gettext("Phone"), type="tel")
    ask_email = _line_field(lazy_gettext("Email"), type="email")
    ask_hours = _line_field(
        lazy_gettext("Hours"), lazy_gettext("Such as Mon-Fri 9 am-6 pm; Sat 10-2.")
    )
    languages = SelectMultipleField(
        lazy_gettext("Languages of our pages, besides English"), option_widget=CheckboxInput()
    )
    logo = FileField(
        lazy_gettext("Logo"),
        description=lazy_gettext("A PNG or SVG picture of 200 kB at most."),
        render_kw={"accept": ".png,.svg"},
    )
    no_logo = BooleanField(lazy_gettext("Take the logo away"))
    color_primary = _color_field(lazy_gettext("Color of the top of pages and of buttons"), "")
    color_link = _color_field(lazy_gettext("Color of links"), "")
    color_ground = _color_field(lazy_gettext("Color behind everything"), "")
    holidays = TextAreaField(
        lazy_gettext("Holidays of your own"),
        description=lazy_gettext(
            "One in a line, such as 2026-12-24 Christmas Eve. Federal holidays are known."
        ),
        render_kw={"rows": "4"},
    )
    call_first_days = _days_field(
        lazy_gettext("“Call first” after so many days"),
        lazy_gettext("A listing that nobody checked for so long says to call first."),
    )
    ask_again_days = _days_field(
        lazy_gettext("Ask a provider again after so many days"),
        lazy_gettext("Nobody gets two letters of ours within that time."),
    )
    contact_days = _days_field(
        lazy_gettext("Keep how to reach a person for so many days"),
        lazy_gettext("Only if they agreed. It is erased then."),
    )
    detail_days = _days_field(
        lazy_gettext("Keep details of an inquiry for so many days"),
        lazy_gettext("ZIP code, household and notes are erased then. Counts stay."),
        36_500,
    )
    open_data = BooleanField(lazy_gettext("Other programs may read the public listings (API)"))
    search_engines = BooleanField(lazy_gettext("Search engines may list our pages"))
    open_data_license = _line_field(
        lazy_gettext("License of the open data"), lazy_gettext("Such as CC BY 4.0.")
    )

    def validate_library_name(self, field: Field) -> None:
        """Check that the library's settings have a name of the library."""
        if not (field.data or "").strip():
            raise ValidationError(gettext("Please fill this in."))

    def validate_home(self, field: Field) -> None:
        """Check that the library's home is empty or names exactly one known place."""
        text, area_code = (field.data or "").strip(), self.area_code.data or ""
        if not text or find_home(text, area_code):
            return
        if names := [place.name for place in homes_named(text, area_code)]:
            listed = ", ".join(names[:_MOST_PLACES_NAMED])
            raise ValidationError(
                gettext(
                    "There are several: %(places)s. Give the state or a ZIP code too.",
                    places=listed,
                )
            )
        raise ValidationError(
            gettext("We do not know this place. Give a ZIP code, or a town and its state.")
        )

    def validate_area_code(self, field: Field) -> None:
        """Check for a three-digit area code.

        An empty field gets the only area code of the home place.
        """
        home = find_home(self.home.data or "", field.data or "")
        codes = home.area_codes if home else ()
        if not field.data and len(codes) == 1:
            field.data = codes[0]
        elif not field.data and codes:
            raise ValidationError(
                gettext(
                    "This place has several. Write one of them: %(codes)s", codes=", ".join(codes)
                )
            )
        elif field.data and not _AREA_CODE.fullmatch(field.data):
            raise ValidationError(gettext("Write three digits, such as 814."))

    def validate_ask_phone(self, field: Field) -> None:
        """Check that the phone number of the library's reference desk can be dialed."""
        if field.data and parse_phone(field.data, self.area_code.data or "") is None:
            raise ValidationError(
                gettext("Nobody can dial this. Write it like 814-555-0100 or 988.")
            )

    def validate_ask_email(self, field: Field) -> None:
        """Check that the library's email address looks like one."""
        if field.data and not _EMAIL.fullmatch(field.data.strip()):
            raise ValidationError(gettext("Write an email address, like desk@library.example."))

    def validate_logo(self, field: Field) -> None:
        """Check that the library's logo is a small PNG, or an SVG without scripts."""
        if not field.data:
            return
        content = field.data.read(LARGEST_LOGO + 1)
        field.data.seek(0)
        if len(content) > LARGEST_LOGO:
            raise ValidationError(gettext("The picture is larger than 200 kB. Make it smaller."))
        if checked_logo(content) is None:
            raise ValidationError(
                gettext("Give a PNG picture, or an SVG that only draws: no scripts in it.")
            )

    def validate_holidays(self, field: Field) -> None:
        """Check that each line of the library's holidays has a date and a name without comma."""
        for line in _lines(field.data):
            day, _, name = line.partition(" ")
            if _day(day) is None or not name.strip() or "," in name:
                raise ValidationError(
                    gettext("Write “%(line)s” like this: 2026-12-24 Christmas Eve", line=line)
                )

    def validate_colors(self, fixed: Settings) -> bool:
        """Return whether the library's colors are valid with enough contrast; add errors if not.

        Args:
            fixed: settings with the colors from the environment.
        """
        colors: dict[str, Color | None] = {}
        for name in _COLORS:
            text = (self[name].data or "").strip()
            colors[name] = getattr(fixed, name) if name in fixed.fixed else parse_color(text)
            if text and colors[name] is None:
                _add_error(self[name], gettext("Write a color like #0b5563."))
        for fault in contrast_faults(Theme(*colors.values())):
            field = self[f"color_{fault.name}"]
            if not field.errors:
                _add_error(field, _contrast_text(fault))
        return not any(self[name].errors for name in _COLORS)

    def fill(self, texts: Mapping[str, str], names: Iterable[str] = FIELDS) -> None:
        """Fill the form of the library's settings with the current ones."""
        for name in FIELDS.intersection(names):
            field, text = self[name], texts[name]
            if isinstance(field, BooleanField):
                field.data = text == "yes"
            elif isinstance(field, SelectMultipleField):
                all_codes = [code for code, _ in field.choices]
                field.data = text.split(", ") if text else all_codes
            else:
                field.data = "\n".join(text.split(", ")) if name == "holidays" else text

    def texts(self) -> dict[str, str]:
        """Return the library's settings that were entered in the form, as texts by name."""
        return dict(self._texts())

    def _texts(self) -> Iterator[tuple[str, str]]:
        for name in FIELDS:
            field = self[name]
            if isinstance(field, BooleanField):
                yield name, "yes" if field.data else "no"
            elif isinstance(field, SelectMultipleField):
                is_all = len(field.data or ()) == len(field.choices)
                yield name, "" if is_all else ", ".join(field.data or [SOURCE])
            elif name == "holidays":
                yield name, ", ".join(_lines(field.data))
            else:
                yield name, "" if field.data is None else str(field.data).strip()
        if self.no_logo.data:
            yield "logo", ""
        elif self.logo.data and (logo := checked_logo(self.logo.data.read())):
            yield "logo", logo.as_text()


def _contrast_text(fault: ContrastFault) -> str:
    """Return why a library's color has too little contrast, and which color to choose."""
    reason = gettext(
        "Not everybody could read this: the contrast with %(other)s is %(ratio)s to 1, "
        "and %(least)s is needed.",
        other=hex_of(fault.other),
        ratio=f"{fault.ratio:.1f}",
        least=TEXT,
    )
    is_ground = fault.name == "ground"
    advice = gettext("Choose a lighter color.") if is_ground else gettext("Choose a darker color.")
    return f"{reason} {advice}"


def _lines(text: str | None) -> list[str]:
    return [line for line in map(str.strip, (text or "").splitlines()) if line]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _add_error(field: Field, text: str) -> None:
    field.errors = (*field.errors, text)
