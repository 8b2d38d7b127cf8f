"""The trust pack names tests, settings and tables that exist, and leaves no table out."""

import ast
import importlib
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from referral.settings import VARIABLES
from referral.store.base import Base
from tests.support.settings_table import VARIABLE

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "threat-model.md", "retention.md", "hecvat.md", "conformance-report.md", "privacy.md", "asvs.md",
)  # fmt: skip
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
TABLE = re.compile(r"`([a-z_]+)`")


def text_of(page):
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


@cache
def functions_of(file):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("page", PAGES)
def test_each_test_that_a_claim_names_exists(page):
    named = TEST.findall(text_of(page))
    missing = [
        (file, name)
        for file, name in named
        if not (ROOT / file).is_file() or (name and name not in functions_of(file))
    ]
    assert not missing, f"docs/{page} names tests that are not there"


@pytest.mark.parametrize("page", PAGES)
def test_each_setting_that_a_claim_names_exists(page):
    unknown = set(VARIABLE.findall(text_of(page))) - set(VARIABLES.values())
    assert not unknown, f"docs/{page} names settings that there are not"


def test_each_chapter_of_the_asvs_has_a_line():
    chapters = re.findall(r"^\| V(\d+) ", text_of("asvs.md"), re.MULTILINE)
    assert chapters == [str(number) for number in range(1, 15)]


def test_every_row_of_the_threats_names_what_keeps_it_true():
    rows = [line for line in text_of("threat-model.md").splitlines() if line.startswith("|")]
    claims = [row for row in rows if not re.match(r"\| what stands|\|---", row)]
    assert len(claims) > 25
    bare = [row for row in claims if not (TEST.search(row) or VARIABLE.search(row))]
    assert not bare


def test_every_table_of_the_database_has_a_time():
    for path in (ROOT / "referral").rglob("rows*.py"):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    rows = "\n".join(line for line in text_of("retention.md").splitlines() if line[:1] == "|")
    named = Counter(TABLE.findall(rows))
    assert set(named) == set(Base.metadata.tables), "docs/retention.md: name each table once"
    assert max(named.values()) == 1
