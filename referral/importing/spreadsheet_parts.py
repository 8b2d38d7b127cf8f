"""What hangs on a service in a row of a spreadsheet: phones, hours, languages, areas, terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from referral.importing.areas import area_of
from referral.importing.drafts import Draft, Maker, Values
from referral.importing.items import Item
from referral.importing.sites import Site
from referral.importing.synonyms import heading_of, plain_words
from referral.records.hours import parse_hours
from referral.records.kinds import SourcedRecord
from referral.records.languages import language_code
from referral.records.phones import parse_phones, phone_type
from referral.records.text import clean_line, clean_text, split_list

_PHONES: Mapping[str, tuple[str, str]] = {
    "phone": ("", ""),
    "phone_hotline": ("voice", "Hotline"),
    "phone_toll_free": ("voice", "Toll free"),
    "phone_alternate": ("voice", ""),
    "phone_fax": ("fax", ""),
    "phone_tty": ("textphone", ""),
    "phone_text": ("text", ""),
}
PART_MEANINGS = frozenset(
    {*_PHONES, "hours", "area", "languages", "documents", "accessibility", "category"}
)
_LONGEST_LIST = 160
_HOURS = "These hours are not in a form that can be read. They are shown as given."


class RowParts:
    """Makes the children of one service."""

    def __init__(self, maker: Maker, columns: Mapping[str, Sequence[str]], service: str) -> None:
        self.maker = maker
        self.columns = columns
        self.service = service

    def of_row(self, draft: Draft, site: Site | None, others: Sequence[Draft]) -> Iterator[Item]:
        """The children that a row gives.

        Args:
            draft: the row.
            site: its place.
            others: the other rows of the service; what they say differently holds for their
                place only.
        """
        yield from self._phones(draft, site, others)
        yield from self._hours(draft, site, others)
        yield from self._areas(draft)
        yield from self._languages(draft)
        yield from self._documents(draft)
        yield from self._access(draft, site)
        yield from self._contact(draft)
        yield from self._categories(draft)

    def is_new(self, item: Item, done: set[str]) -> bool:
        """Whether no other row gave the same child."""
        if not isinstance(item, SourcedRecord):
            return True
        new = item.record.id not in done
        done.add(item.record.id)
        return new

    def _cells(self, draft: Draft, meaning: str) -> Iterator[tuple[str, str]]:
        for header in self.columns.get(meaning, ()):
            text = draft.row.get(header)
            draft.mark(header)
            if text:
                yield header, text

    def _items(
        self, kind: str, key: str, draft: Draft, values: Values, header: str
    ) -> Iterator[Item]:
        child = Draft(draft.row, {})
        child.headers = dict.fromkeys(values, draft.show(header))
        yield from self.maker.items(kind, f"{self.service}/{key}", child, values, main=False)

    def _parent(
        self, header: str, draft: Draft, site: Site | None, others: Sequence[Draft]
    ) -> dict[str, str]:
        """The service, or (where rows differ) the service at this place."""
        said = draft.row.get(header)
        if site is None or all(other.row.get(header) == said for other in others):
            return {"service_id": self.service}
        return {"service_at_location_id": f"{self.service}@{site.key}"}

    def _phones(self, draft: Draft, site: Site | None, others: Sequence[Draft]) -> Iterator[Item]:
        for meaning, (kind, label) in _PHONES.items():
            for header, text in self._cells(draft, meaning):
                parent = self._parent(header, draft, site, others)
                for phone in parse_phones(text):
                    words = ", ".join(part for part in (label, phone.note) if part)
                    values = {
                        **parent,
                        "number": phone.number,
                        "tel": phone.tel,
                        "extension": phone.extension,
                        "description": words,
                        "type": kind or phone_type(phone.note),
                    }
                    where = parent.get("service_at_location_id", "")
                    dialled = f"{phone.tel or phone.number}x{phone.extension}"
                    key = f"{where}{dialled}/{values['type']}"
                    yield from self._items("phone", key, draft, values, header)

    def _hours(self, draft: Draft, site: Site | None, others: Sequence[Draft]) -> Iterator[Item]:
        for header, text in self._cells(draft, "hours"):
            parent = self._parent(header, draft, site, others)
            parts = [asdict(part) for part in parse_hours(text) or ()]
            if not parts:
                draft.warn("hours-not-understood", _HOURS, header)
                parts = [{"description": clean_text(text)}]
            where = parent.get("service_at_location_id", "")
            for number, part in enumerate(parts):
                values: Values = {**parent, **part}
                yield from self._items("schedule", f"{where}hours{number}", draft, values, header)

    def _areas(self, draft: Draft) -> Iterator[Item]:
        state = next((text for _, text in self._cells(draft, "state_province")), "")
        for header, text in self._cells(draft, "area"):
            counties = "count" in header
            whole = area_of(text, state)
            names = [clean_line(text)] if whole[0] != "text" else self._areas_in(text)
            for name in names:
                kind, codes = area_of(name, state)
                if kind in {"text", "city"} and counties and " " not in name:
                    kind, codes = area_of(f"{name} County", state)
                values = {
                    "service_id": self.service,
                    "name": name,
                    "area_kind": kind,
                    "area_codes": codes,
                }
                key = f"area/{plain_words(name)}"
                yield from self._items("service_area", key, draft, values, header)

    def _languages(self, draft: Draft) -> Iterator[Item]:
        for header, text in self._cells(draft, "languages"):
            for name in split_list(text.replace(" and ", ", ").replace("/", ", ")):
                values = {
                    "service_id": self.service,
                    "name": name,
                    "code": language_code(name),
                }
                key = f"language/{plain_words(name)}"
                yield from self._items("language", key, draft, values, header)

    def _documents(self, draft: Draft) -> Iterator[Item]:
        for header, text in self._cells(draft, "documents"):
            for document in self._listed(text):
                values = {"service_id": self.service, "document": document}
                key = f"document/{plain_words(document)[:100]}"
                yield from self._items("required_document", key, draft, values, header)

    @staticmethod
    def _listed(text: str) -> Sequence[str]:
        """The parts of a list; whole sentences stay together."""
        cleaned = clean_text(text)
        if len(cleaned) > _LONGEST_LIST or ". " in cleaned:
            return [cleaned]
        return split_list(cleaned)

    @staticmethod
    def _areas_in(text: str) -> Sequence[str]:
        cleaned = clean_text(text)
        listed = cleaned.count(",") + cleaned.count(";") > 2
        return [cleaned] if ". " in cleaned and not listed else split_list(cleaned)

    def _access(self, draft: Draft, site: Site | None) -> Iterator[Item]:
        for header, text in self._cells(draft, "accessibility"):
            if site is None:
                draft.put_aside(header)
                continue
            values = {"location_id": site.key, "description": clean_line(text)}
            yield from self._items("accessibility", f"{site.key}/access", draft, values, header)

    def _contact(self, draft: Draft) -> Iterator[Item]:
        title = next((text for _, text in self._cells(draft, "contact_title")), "")
        for header, text in self._cells(draft, "contact_name"):
            name = clean_line(text)
            values = {"service_id": self.service, "name": name, "title": clean_line(title)}
            yield from self._items("contact", f"contact/{plain_words(name)}", draft, values, header)

    def _categories(self, draft: Draft) -> Iterator[Item]:
        for header, text in self._cells(draft, "category"):
            slug = heading_of(text)
            for category in [text] if slug else split_list(text):
                yield from self._category(draft, header, clean_line(category))

    def _category(self, draft: Draft, header: str, category: str) -> Iterator[Item]:
        slug = heading_of(category)
        if slug:
            values = {"service_id": self.service, "heading": slug, "set_by": "file"}
            yield from self._items("service_heading", f"heading/{slug}", draft, values, header)
            return
        taxonomy = self.maker.source
        child = Draft(draft.row, {})
        child.headers = {"name": draft.show(header)}
        named: Values = {"name": taxonomy}
        yield from self.maker.items("taxonomy", taxonomy, child, named, main=False)
        term = f"term/{plain_words(category)}"
        values = {"name": category, "taxonomy": taxonomy, "taxonomy_id": taxonomy}
        yield from self.maker.items("taxonomy_term", term, child, values, main=False)
        link = {"link_entity": "service", "link_id": self.service, "taxonomy_term_id": term}
        yield from self._items("attribute", term, draft, link, header)
