"""Documents name files that exist, and the index of decisions names each of them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Changes and decisions also speak of what is gone.
OF_TODAY = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
    if path.name != "CHANGELOG.md"
)
NAMED = re.compile(r"`((?:referral|templates|static|tests|seed_data|docs|bench)/[\w./-]*[\w/])`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("document", OF_TODAY)
def test_each_file_that_a_document_names_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = {
        path for path in NAMED.findall(text) if "FOLDER" not in path and not (ROOT / path).exists()
    }
    linked = {
        path for path in LINK.findall(text) if not (ROOT / document).parent.joinpath(path).exists()
    }
    assert not named | linked, f"{document} names what is not there"


@pytest.mark.parametrize("document", OF_TODAY)
def test_each_document_begins_with_its_readers(document):
    title, first = (ROOT / document).read_text(encoding="utf-8").split("\n\n")[:2]
    assert title.startswith("# ")
    assert first.startswith("For ") or document == "README.md"


def test_every_question_of_the_way_in_has_a_file():
    lines = (ROOT / "docs" / "where-is.md").read_text(encoding="utf-8").splitlines()
    questions = [line for line in lines if line.startswith("| Where")]
    assert questions
    assert all(NAMED.search(line) for line in questions)


def test_the_index_of_decisions_names_each_of_them():
    folder = ROOT / "docs/decisions"
    named = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(path.name for path in folder.glob("[0-9]*.md"))
