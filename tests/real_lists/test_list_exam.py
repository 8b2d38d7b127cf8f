"""The exam on real lists: on a tiny list made here, and on lists that others made."""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest
from click.testing import CliRunner

from referral.cli import main
from referral.cli.list_exam_report import list_report_as_dict
from referral.resources import resource_path
from referral.search.evaluation.ranked_metrics import (
    compute_ranked_metrics,
    compute_spanish_gap,
    judge_ranking,
)
from referral.vocabulary.list_exam import (
    ListExamReport,
    ask_list,
    load_list_exam,
)
from tests.conftest import settings_for
from tests.support.provider_lists import pantry_list

NEEDS = """topic,includes,category,text,note
food-pantries,,,zanahoria|carrot,
thrift-stores,,,zebra,
"""
PHRASES = """id,kind,language,phrase,needs,name,near,half
p1,plain,en,carrots please,food-pantries,,,tune
p2,plain,es,quiero zanahorias,food-pantries,,,report
p3,plain,en,a zebra,thrift-stores,,,tune
p4,name,en,the shelf,,shepherd.s shelf,,tune
p5,plain,en,quinoa,food-pantries,,,report
"""

# What search must reach on the half “report” over both DC lists, in a short run over the newer one.
# The aim for success@3 is 0.92.
GATES = {"success_at_3": 0.72, "precision_at_5": 0.47, "spanish_gap": -0.05}
MOST_ZERO_RESULTS = 0
DC = ("dc-directory/2023-export", "dc-directory/2021-export")


@pytest.fixture
def exam(tmp_path, monkeypatch):
    """Sit the exam of this module on a tiny list and give what was printed."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "list_exam_needs.csv").write_text(NEEDS, encoding="utf-8")
    (instance / "list_exam_phrases.csv").write_text(PHRASES, encoding="utf-8")
    names = ("Carrot stand", "Carrot box", "Carrot table", "Zebra shop")
    services = [
        {
            "id": f"s{number}", "organization_id": "o1", "name": name,
            "description": "Open on Mondays.", "status": "active", "assured_date": "",
        }
        for number, name in enumerate(names)
    ]  # fmt: skip
    path = pantry_list(
        tmp_path / "tiny", services=services, service_at_location=[{"id": ""}],
        phones=[{"id": ""}], schedules=[{"id": ""}],
    )  # fmt: skip

    def run(*words: str) -> str:
        command = ["--instance", str(instance), "exam", "--list", str(path), *words]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


@pytest.mark.slow
def test_a_phrase_with_fewer_than_three_right_answers_is_not_asked(exam):
    report = json.loads(exam("--json"))
    (known,) = report["lists"].values()
    assert (known["asked"], known["of"]) == (4, 5)  # one zebra is too few
    assert known["services"] > 4  # the national help lines are there
    total = report["metrics"][0]
    assert (total["half"], total["kind"]) == ("all", "all")
    assert set(total) == {
        "list", "half", "kind", "phrases", "success_at_1", "success_at_3", "precision_at_5", "mean_reciprocal_rank",
        "zero_results", "spanish_minus_english",
    }  # fmt: skip
    assert total["phrases"] == 4
    assert total["spanish_minus_english"].keys() == {"success_at_3", "precision_at_5"}
    assert "failures" not in report


@pytest.mark.release
def test_failures_of_the_half_report_are_only_printed_when_it_is_named(exam):
    read = json.loads(exam("--json", "--failures"))["failures"]
    assert all(each["half"] == "tune" for each in read)
    assert "quinoa" not in exam("--failures")
    spent = json.loads(exam("--json", "--half", "report", "--failures"))["failures"]
    assert "quinoa" in {each["phrase"] for each in spent}
    assert all(set(each) == {
        "id", "list", "half", "phrase", "needs", "rank", "right", "found_first"
    } for each in spent)  # fmt: skip
    assert "'quinoa': none right" in exam("--half", "report", "--failures")


@pytest.mark.release
def test_the_table_has_halves_and_kinds(exam):
    lines = exam().splitlines()
    assert "4 of 5 phrases" in lines[0]
    assert {("all", "all"), ("report", "plain"), ("tune", "name")} <= {
        tuple(line.split()[1:3]) for line in lines
    }


def test_metrics_of_rankings():
    first = judge_ranking(["a", "b", "c"], {"a", "z", "y"})
    third = judge_ranking(["b", "c", "a", "z", "y", "x"], {"a", "z", "y", "x", "w", "v"})
    nothing = judge_ranking([], {"a", "b", "c"})
    assert [each.rank for each in (first, third, nothing)] == [1, 3, 0]
    metrics = compute_ranked_metrics([first, third, nothing])
    assert metrics.success_at_1 == pytest.approx(1 / 3, abs=1e-3)
    assert metrics.success_at_3 == pytest.approx(2 / 3, abs=1e-3)
    assert metrics.precision_at_5 == pytest.approx((1 / 3 + 3 / 5 + 0) / 3, abs=1e-3)
    assert metrics.mean_reciprocal_rank == pytest.approx((1 + 1 / 3) / 3, abs=1e-3)
    assert metrics.zero_results == 1
    gap = compute_spanish_gap([nothing], [first])
    assert (gap.success_at_3, gap.precision_at_5) == (-1.0, pytest.approx(-0.3333))
    assert compute_spanish_gap([], [first]).success_at_3 is None


def test_our_phrases_have_two_halves_and_a_third_in_spanish(tmp_path):
    exam = load_list_exam(settings_for(tmp_path, "sqlite://"))
    assert len({phrase.id for phrase in exam.phrases}) == len(exam.phrases) >= 240
    halves = Counter(phrase.half for phrase in exam.phrases)
    assert halves.keys() == {"tune", "report"}
    assert min(halves.values()) >= 120
    for half in halves:
        some = [phrase for phrase in exam.phrases if phrase.half == half]
        assert sum(phrase.language == "es" for phrase in some) >= 0.3 * len(some)
        assert {phrase.language for phrase in some} == {"en", "es"}
        assert all(phrase.words and (phrase.needs or phrase.name) for phrase in some)


def test_our_tables_have_the_documented_columns():
    heads = {
        "list_exam_phrases.csv": ["id", "kind", "language", "phrase", "needs", "name", "near",
                                  "half"],
        "list_exam_needs.csv": ["topic", "includes", "category", "text", "note"],
    }  # fmt: skip
    for name, head in heads.items():
        with (resource_path("seed_data") / name).open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == head


@pytest.mark.slow
def test_search_on_a_list_that_others_made(listed_directory):
    directory = listed_directory(DC[0])
    exam = load_list_exam(directory.settings, "report")
    services, answered = ask_list(directory, "dc", exam)
    report = ListExamReport(
        services={"dc": services},
        asked={"dc": len(answered)},
        phrases=len(exam.phrases),
        answered=answered,
    )
    total = list_report_as_dict(report, None)["metrics"][0]
    assert_reached(total, lists=1)


@pytest.mark.release
@pytest.mark.slow
def test_search_on_lists_that_others_made(shared_data, tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    lists = [word for path in DC for word in ("--list", str(shared_data / path))]
    command = ["--instance", str(tmp_path / "i"), "exam", "--half", "report", "--json", *lists]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert_reached(json.loads(result.stdout)["metrics"][0], lists=len(DC))


def assert_reached(total, lists):
    """Compare the metrics of so many lists with the gates."""
    assert (total["half"], total["kind"]) == ("report", "all")
    assert total["phrases"] >= 75 * lists
    assert total["success_at_3"] >= GATES["success_at_3"]
    assert total["precision_at_5"] >= GATES["precision_at_5"]
    assert total["spanish_minus_english"]["success_at_3"] >= GATES["spanish_gap"]
    assert total["zero_results"] <= MOST_ZERO_RESULTS
