"""Lists made in a temporary folder, and what reading them gives."""

import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from referral.errors import RefusedError
from referral.formats.checks.code_only_terms import with_code_only_terms
from referral.formats.checks.references import check_references
from referral.formats.checks.shelters import withhold_places
from referral.formats.provider_list import open_list
from referral.formats.reading.items import Item, RefusedRow
from referral.formats.sandbox import parent
from referral.records.kinds import SourcedRecord, kind_of
from referral.records.problems import Problem
from tests.support.reading_processes import start_reader_process

SOURCE = "sample list"


@pytest.fixture(autouse=True)
def _readers_as_in_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start the processes that read lists as the product does."""
    monkeypatch.setattr(parent, "_start", start_reader_process)


@dataclass(frozen=True)
class Outcome:
    """What an import would take, refuse and say."""

    items: tuple[Item, ...]

    def records(self, kind: str) -> list[Any]:
        return [item.record for item in self.sourced(kind)]

    def sourced(self, kind: str) -> list[SourcedRecord]:
        return [
            item
            for item in self.items
            if isinstance(item, SourcedRecord) and kind_of(item.record) == kind
        ]

    def one(self, kind: str) -> Any:
        (record,) = self.records(kind)
        return record

    @property
    def counts(self) -> Counter[str]:
        return Counter(
            kind_of(item.record) for item in self.items if isinstance(item, SourcedRecord)
        )

    @property
    def refused(self) -> list[RefusedRow]:
        return [item for item in self.items if isinstance(item, RefusedRow)]

    @property
    def problems(self) -> list[Problem]:
        """Every problem, those of refused rows too, but for what is only put aside."""
        found: list[Problem] = []
        for item in self.items:
            if isinstance(item, Problem):
                found.append(item)
            elif isinstance(item, RefusedRow):
                found.extend(item.problems)
        return [problem for problem in found if problem.code != "columns-kept-aside"]

    @property
    def codes(self) -> Counter[str]:
        return Counter(problem.code for problem in self.problems)

    @property
    def ids(self) -> set[tuple[str, str]]:
        return {
            (kind_of(item.record), item.record.id)
            for item in self.items
            if isinstance(item, SourcedRecord)
        }


@dataclass(frozen=True)
class Stored:
    """What another list brought already."""

    records: frozenset[tuple[str, str]]

    def is_stored(self, kind: str, record_id: str) -> bool:
        return (kind, record_id) in self.records

    belongs_to_another = is_stored


def outcome_of(items: Iterable[Item], known: Iterable[tuple[str, str]] = ()) -> Outcome:
    stored = Stored(frozenset(known))
    complete = with_code_only_terms(items, stored)
    return Outcome(tuple(withhold_places(check_references(complete, stored.is_stored))))


def read_list(path: Path, *, form: str = "auto") -> Outcome:
    return outcome_of(open_list(path, format=form).read(SOURCE))


def is_read_or_refused(path: Path) -> bool:
    """Whether a list, however damaged, is read to its end or refused with a sentence."""
    try:
        read_list(path)
    except RefusedError as refusal:
        return str(refusal).endswith(".")
    return True


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Make a folder of text files."""

    def make(files: Mapping[str, str]) -> Path:
        place = tmp_path / "list"
        place.mkdir(exist_ok=True)
        for name, text in files.items():
            (place / name).write_text(text, encoding="utf-8")
        return place

    return make


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[Mapping[str, bytes]], Path]:
    """Make a zip of files."""

    def make(files: Mapping[str, bytes]) -> Path:
        path = tmp_path / "list.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path

    return make


@pytest.fixture(scope="session")
def dc_2021(shared_data: Path) -> Outcome:
    """Read the real directory of Washington DC as it was in 2021."""
    return read_list(shared_data / "dc-directory" / "2021-export")


@pytest.fixture(scope="session")
def dc_2023(shared_data: Path) -> Outcome:
    """Read the same directory two years later."""
    return read_list(shared_data / "dc-directory" / "2023-export")
