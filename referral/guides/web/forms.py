"""The form of a guide: its texts in two languages, and sections with chosen services."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, HiddenField, StringField, TextAreaField

from referral.guides.records import LONGEST, FaultyValue, GuideContent, GuideSection
from referral.guides.web.labels import FIELD_LABELS, fault_text

_MARKDOWN_HINT = lazy_gettext(
    "An empty line begins a new paragraph. “# ” begins a title, and “- ” a line of a list. "
    "A link looks like [words](https://example.org)."
)
_VERSION_NUMBER = re.compile(r"[0-9]{1,6}")
_STEPS = {"up": -1, "down": 1, "rise": -1, "sink": 1}


def _line_field(name: str, label: Any, hint: Any = "") -> StringField:
    keywords = {"autocomplete": "off", "maxlength": str(LONGEST[name.removesuffix("_es")])}
    if name.endswith("_es"):
        keywords["lang"] = "es"
    return StringField(label, default="", description=hint, render_kw=keywords)


def _text_area(name: str, label: Any, rows: int, hint: Any = "") -> TextAreaField:
    keywords: dict[str, str | int] = {"rows": rows}
    if name.endswith("_es"):
        keywords["lang"] = "es"
    return TextAreaField(label, default="", description=hint, render_kw=keywords)


class SectionForm(Form):
    """The form of a guide's section.

    ``services`` has ids separated by spaces, ``find`` the words to search for.
    """

    title = _line_field("title", lazy_gettext("Title of this part"))
    title_es = _line_field("title_es", lazy_gettext("Title of this part, in Spanish"))
    note = _text_area("note", lazy_gettext("Short note"), 2)
    note_es = _text_area("note_es", lazy_gettext("Short note, in Spanish"), 2)
    services = HiddenField(default="")
    find = StringField(
        lazy_gettext("Find a service by its name"),
        default="",
        render_kw={"autocomplete": "off"},
    )

    @property
    def service_ids(self) -> tuple[str, ...]:
        """Return the ids of the services chosen in a guide's section, in order, each once."""
        return tuple(dict.fromkeys(self.services.data.split()))


class GuideForm(FlaskForm):
    """The form of a guide; ``number`` is that of the version that the editing began with.

    ``new_id`` is the id of a new guide, so that a form sent twice adds one guide.
    """

    number = HiddenField(default="")
    new_id = HiddenField(default="")
    title = _line_field("title", FIELD_LABELS["title"], lazy_gettext("Such as “After a fire”."))
    slug = _line_field(
        "slug",
        FIELD_LABELS["slug"],
        lazy_gettext("What comes after /guides/. Leave it empty to make it from the title."),
    )
    summary = _line_field(
        "summary", FIELD_LABELS["summary"], lazy_gettext("It is in the list of guides.")
    )
    text = _text_area("text", FIELD_LABELS["text"], 10, _MARKDOWN_HINT)
    title_es = _line_field("title_es", FIELD_LABELS["title_es"])
    summary_es = _line_field("summary_es", FIELD_LABELS["summary_es"])
    text_es = _text_area("text_es", FIELD_LABELS["text_es"], 10)
    sections = FieldList(FormField(SectionForm))

    @classmethod
    def from_content(cls, content: GuideContent, number: int, new_id: str = "") -> GuideForm:
        """Return the form of a guide, filled with stored content instead of with the request."""
        data = asdict(content)
        for section in data["sections"]:
            section["services"] = " ".join(section.pop("service_ids"))
        return cls(formdata=None, data={**data, "number": str(number), "new_id": new_id})

    @property
    def content(self) -> GuideContent:
        """Return the content that was typed into the form of a guide."""
        return GuideContent(
            title=self.title.data,
            slug=self.slug.data,
            summary=self.summary.data,
            text=self.text.data,
            title_es=self.title_es.data,
            summary_es=self.summary_es.data,
            text_es=self.text_es.data,
            sections=tuple(
                GuideSection(
                    title=section.title.data,
                    title_es=section.title_es.data,
                    note=section.note.data,
                    note_es=section.note_es.data,
                    service_ids=section.service_ids,
                )
                for section in (entry.form for entry in self.sections)
            ),
        )

    @property
    def version_number(self) -> int:
        """Return the version number in a guide's form; 0 if it is no number of six digits."""
        number = self.number.data
        return int(number) if _VERSION_NUMBER.fullmatch(number) else 0

    @property
    def new_guide_id(self) -> str:
        """Return the id that a guide's form proposes for a new guide; "" if it is no UUID."""
        try:
            return str(UUID(self.new_id.data))
        except ValueError:
            return ""

    def after_button(self, button: str) -> GuideForm:
        """Return the form of a guide after a button that edits its sections.

        Other buttons change nothing.

        Args:
            button: ``section`` adds a section; ``up:2``, ``down:2`` and ``remove:2`` move or remove
                the third one; ``take:2:ID``, ``drop:2:ID``, ``rise:2:ID`` and ``sink:2:ID`` add,
                remove or move a service in it. ``take`` accepts several ids, separated by spaces.
        """
        verb, _, rest = button.partition(":")
        position, _, service_ids = rest.partition(":")
        index = int(position) if position.isdecimal() else -1
        sections = self.sections.data
        if verb == "section":
            sections.append({})
        elif 0 <= index < len(sections):
            if verb == "remove":
                del sections[index]
            elif verb in {"up", "down"}:
                _move(sections, index, _STEPS[verb])
            else:
                ids = self.sections[index].form.service_ids
                sections[index]["services"] = " ".join(_change_ids(ids, verb, service_ids))
        return GuideForm(formdata=None, data={**self.data, "sections": sections})

    def show_faults(self, faults: Iterable[FaultyValue]) -> list[tuple[str, str]]:
        """Show each fault of a guide at its form field, and return the id and text of each."""
        links = []
        for fault in faults:
            match fault.place.split("/"):
                case [_, index, name]:
                    field = self.sections[int(index)].form[name]
                case _:
                    field = self[fault.place]
            text = fault_text(fault)
            field.errors = (*field.errors, text)
            links.append((field.id, text))
        return links


def _change_ids(ids: Iterable[str], verb: str, button_ids: str) -> list[str]:
    """Return the services chosen for a guide after a button that adds, removes or moves one."""
    changed = list(ids)
    if verb == "take":
        changed += [service_id for service_id in button_ids.split() if service_id not in changed]
    elif button_ids in changed:
        if verb == "drop":
            changed.remove(button_ids)
        elif verb in {"rise", "sink"}:
            _move(changed, changed.index(button_ids), _STEPS[verb])
    return changed


def _move(items: list[Any], index: int, step: int) -> None:
    """Move a section or chosen service of a guide up or down, never past an end."""
    items.insert(max(0, index + step), items.pop(index))
