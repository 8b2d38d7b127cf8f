"""Tables of the thesaurus and the crisis words, with functions to load and add rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import String, Text, UniqueConstraint, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from referral.records.thesaurus import ThesaurusEntry
from referral.store.base import Base, Code, Str
from referral.store.change_log import log_changes


class ThesaurusEntryRow(Base):
    """An entry of the thesaurus: see ``records.thesaurus.ThesaurusEntry``.

    ``term_codes`` are separated by ``|``.
    """

    __tablename__ = "thesaurus_entry"
    __table_args__ = (UniqueConstraint("phrase", "language"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    phrase: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(16), default="en", server_default="en")
    term_codes: Mapped[Str]
    weight: Mapped[float] = mapped_column(default=1.0, server_default="1")


class CrisisWordRow(Base):
    """A row of ``records.crisis.CrisisWords``; ``sort`` is its position."""

    __tablename__ = "crisis_word"
    id: Mapped[int] = mapped_column(primary_key=True)
    sort: Mapped[int] = mapped_column(default=0, server_default="0")
    kind: Mapped[Code]
    words: Mapped[str] = mapped_column(Text)
    line: Mapped[Code]
    note: Mapped[Str]


def load_thesaurus(session: Session) -> list[ThesaurusEntry]:
    """Load all entries of the thesaurus."""
    # There are thousands: bare values are read several times as fast as mapped rows.
    rows = session.execute(
        select(
            ThesaurusEntryRow.phrase,
            ThesaurusEntryRow.language,
            ThesaurusEntryRow.term_codes,
            ThesaurusEntryRow.weight,
        ).order_by(ThesaurusEntryRow.id)
    )
    return [
        ThesaurusEntry(
            phrase=phrase,
            language=language,
            term_codes=tuple(filter(None, term_codes.split("|"))),
            weight=weight,
        )
        for phrase, language, term_codes, weight in rows
    ]


def load_crisis_rows(session: Session) -> list[dict[str, str]]:
    """Load all rows of crisis words in the form that ``CrisisWords`` requires."""
    rows = session.execute(
        select(CrisisWordRow.kind, CrisisWordRow.words, CrisisWordRow.line).order_by(
            CrisisWordRow.sort, CrisisWordRow.id
        )
    )
    return [{"kind": kind, "words": words, "line": line} for kind, words, line in rows]


def add_thesaurus(session: Session, entries: Iterable[ThesaurusEntry]) -> None:
    """Add entries to the thesaurus and log the change, so that every index follows."""
    rows = [
        {
            "phrase": entry.phrase,
            "language": entry.language,
            "term_codes": "|".join(entry.term_codes),
            "weight": entry.weight,
        }
        for entry in entries
    ]
    if rows:
        session.execute(insert(ThesaurusEntryRow), rows)
    log_word_list_change(session)


def add_crisis_words(session: Session, rows: Iterable[Mapping[str, str]]) -> None:
    """Append crisis words: rows with ``kind``, ``words``, ``line`` and ``note``."""
    count = len(session.scalars(select(CrisisWordRow.id)).all())
    session.add_all(
        CrisisWordRow(
            sort=count + number,
            kind=row["kind"],
            words=row["words"],
            line=row["line"],
            note=row.get("note", ""),
        )
        for number, row in enumerate(rows)
    )
    log_word_list_change(session)


def log_word_list_change(session: Session) -> None:
    """Log a change of thesaurus or crisis words; required after each write to their tables."""
    log_changes(session, [("spoken_words", "")])
