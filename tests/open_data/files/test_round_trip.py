"""What leaves comes back: the same records, the same ids, and then the same file."""

import itertools

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from referral.open_data.records import FILE_ENDINGS, ExportFormat
from referral.records.problems import Severity
from tests.open_data.files.random_lists import (
    as_they_return,
    empty_instance,
    exported,
    lists,
    make_template,
    public_records,
    take_in,
    take_in_rows,
    without_times,
)

EXAMPLES = 5
# Each example makes two instances: what fails is told as it was found, not made smaller for minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
NUMBERS = itertools.count()
# AIRS XML has numbers for ids and a place for less: see ``test_airs``.
FORMS = [form for form in ExportFormat if form is not ExportFormat.AIRS_XML]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return make_template(tmp_path_factory.mktemp("template"))


def comes_back(template, folder, form, sent, had):
    """Import a file into an empty instance and compare."""
    file = folder / f"sent.{FILE_ENDINGS[form]}"
    file.write_bytes(sent)
    with empty_instance(template, folder / "second") as second:
        report = take_in(second, file)
        assert not [p for p in report.plan.problems if p.severity is not Severity.WARNING]
        assert public_records(second) == as_they_return(had)
        assert without_times(form, exported(second, form)) == without_times(form, sent)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(files=lists())
def test_whatever_is_public_comes_back(template, tmp_path, form, files):
    folder = tmp_path / str(next(NUMBERS))
    folder.mkdir()
    with empty_instance(template, folder / "first") as first:
        take_in_rows(first, folder / "list", files)
        sent, had = exported(first, form), public_records(first)
        assert exported(first, form) == sent
    if any(kind in {"service", "organization"} for kind, _ in had):
        comes_back(template, folder, form, sent, had)


# In a short run another directory reads it: tests/imports/test_prepare.py.
@pytest.mark.release
@pytest.mark.parametrize("form", FORMS)
def test_the_sample_county_comes_back(template, tmp_path, sample_instance, form):
    sent, had = exported(sample_instance, form), public_records(sample_instance)
    assert len(had) > 5000
    comes_back(template, tmp_path, form, sent, had)
