"""The form of a guide: its texts in two languages, and sections with chosen services."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, HiddenField, StringField, TextAreaField

from referral.guides.records import LONGEST, FaultyValue, GuideContent, GuideSection
from referral.guides.web.labels import FIELD_LABELS, fault_text

_MARKS = lazy_gettext(
    "An empty line begins a new paragraph. “# ” begins a title, and “- ” a line of a list. "
    "A link looks like [words](https://example.org)."
)
_TEXT_FIELDS = tuple(each.name for each in fields(GuideContent) if each.name != "sections")
_SECTION_FIELDS = ("title", "title_es", "note", "note_es")


def _line(name: str, label: Any, hint: Any = "") -> StringField:
    keywords = {"autocomplete": "off", "maxlength": str(LONGEST[name.removesuffix("_es")])}
    if name.endswith("_es"):
        keywords["lang"] = "es"
    return StringField(label, description=hint, render_kw=keywords)


def _block(name: str, label: Any, rows: int, hint: Any = "") -> TextAreaField:
    keywords: dict[str, str | int] = {"rows": rows}
    if name.endswith("_es"):
        keywords["lang"] = "es"
    return TextAreaField(label, description=hint, render_kw=keywords)


class SectionForm(Form):
    """A section; ``services`` are ids with a space between them, ``find`` what to search for."""

    title = _line("title", lazy_gettext("Title of this part"))
    title_es = _line("title_es", lazy_gettext("Title of this part, in Spanish"))
    note = _block("note", lazy_gettext("Short note"), 2)
    note_es = _block("note_es", lazy_gettext("Short note, in Spanish"), 2)
    services = HiddenField()
    find = StringField(
        lazy_gettext("Find a service by its name"), render_kw={"autocomplete": "off"}
    )


class GuideForm(FlaskForm):
    """A guide; ``number`` is that of the version that the editing began with."""

    number = HiddenField()
    new_id = HiddenField()
    title = _line("title", FIELD_LABELS["title"], lazy_gettext("Such as “After a fire”."))
    slug = _line(
        "slug",
        FIELD_LABELS["slug"],
        lazy_gettext("What comes after /guides/. Leave it empty to make it from the title."),
    )
    summary = _line(
        "summary", FIELD_LABELS["summary"], lazy_gettext("It is in the list of guides.")
    )
    text = _block("text", FIELD_LABELS["text"], 10, _MARKS)
    title_es = _line("title_es", FIELD_LABELS["title_es"])
    summary_es = _line("summary_es", FIELD_LABELS["summary_es"])
    text_es = _block("text_es", FIELD_LABELS["text_es"], 10)
    sections = FieldList(FormField(SectionForm))

    def draft(self) -> GuideDraft:
        """What stands in the form."""
        texts = {name: self[name].data or "" for name in _TEXT_FIELDS}
        parts = [entry.form for entry in self.sections]
        sections = tuple(
            GuideSection(
                **{name: part[name].data or "" for name in _SECTION_FIELDS},
                service_ids=tuple(dict.fromkeys((part.services.data or "").split())),
            )
            for part in parts
        )
        finds = tuple(part.find.data or "" for part in parts)
        return GuideDraft(GuideContent(**texts, sections=sections), finds)

    def show_faults(self, faults: tuple[FaultyValue, ...]) -> list[tuple[str, str]]:
        """Put each fault at its field; gives the id of the field and the text for each."""
        shown = []
        for faulty in faults:
            field, text = self._field_at(faulty.place), fault_text(faulty)
            field.errors = (*field.errors, text)
            shown.append((str(field.id), text))
        return shown

    def _field_at(self, place: str) -> Any:
        name, _, rest = place.partition("/")
        if not rest:
            return self[name]
        number, _, inner = rest.partition("/")
        return self.sections.entries[int(number)].form[inner]


@dataclass(frozen=True, slots=True)
class GuideDraft:
    """What stands in the form of a guide; ``finds`` has the searched words of each section."""

    content: GuideContent
    finds: tuple[str, ...] = ()

    def form(self, number: int, new_id: str = "") -> GuideForm:
        """The form with this in it."""
        data: dict[str, Any] = {name: getattr(self.content, name) for name in _TEXT_FIELDS}
        finds = (*self.finds, *[""] * len(self.content.sections))
        data["sections"] = [
            {**asdict(part), "services": " ".join(part.service_ids), "find": find}
            for part, find in zip(self.content.sections, finds, strict=False)
        ]
        return GuideForm(formdata=None, data=data | {"number": str(number), "new_id": new_id})

    def pressed(self, do: str) -> GuideDraft:
        """The draft after a button for its parts was pressed, such as ``up:2`` or ``take:0:ID``."""
        verb, _, rest = do.partition(":")
        place, _, value = rest.partition(":")
        parts = list(zip(self.content.sections, self.finds, strict=True))
        if verb == "section":
            return self._with([*parts, (GuideSection(), "")])
        number = int(place) if place.isdecimal() else -1
        if not 0 <= number < len(parts):
            return self
        part, find = parts[number]
        if verb in {"up", "down"}:
            parts.insert(number + (-1 if verb == "up" else 1), parts.pop(number))
        elif verb == "remove":
            parts.pop(number)
        else:
            ids = _ids_after(verb, part.service_ids, value)
            parts[number] = replace(part, service_ids=ids), find
        return self._with(parts)

    def _with(self, parts: list[tuple[GuideSection, str]]) -> GuideDraft:
        sections = tuple(part for part, _ in parts)
        return GuideDraft(
            replace(self.content, sections=sections), tuple(find for _, find in parts)
        )


def _ids_after(verb: str, ids: tuple[str, ...], value: str) -> tuple[str, ...]:
    """Chosen ids after one was taken (or several), dropped, or moved."""
    if verb == "take":
        return tuple(dict.fromkeys((*ids, *value.split())))
    if value not in ids:
        return ids
    others = [each for each in ids if each != value]
    if verb in {"rise", "sink"}:
        place = ids.index(value) + (-1 if verb == "rise" else 1)
        others.insert(max(0, place), value)
    return tuple(others) if verb in {"rise", "sink", "drop"} else ids
