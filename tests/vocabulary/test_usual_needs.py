"""The estimate of how well an applied list can be searched."""

import pytest

from referral.app.job_kinds import do_work
from referral.imports.batches import ESTIMATE, apply_batch, undo_batch, upload_list
from referral.imports.review import read_batch
from referral.jobs.job_queue import add_job
from referral.records.accounts import Role
from referral.vocabulary.usual_needs import USUAL_NEEDS, read_estimate
from tests.support.provider_lists import pantry_list, zipped
from tests.support.staff import add_account, signed_in_client

_SERVICES = {
    "s1": ("Food pantry", "Groceries for a week."),
    "s2": ("Domestic violence shelter", "A safe house for survivors of domestic violence."),
    "s3": ("Rent help", "Help with rent for one month."),  # has no place
}


@pytest.fixture
def applied(instance, tmp_path):
    """Give the id of an import of three services that was applied."""
    services = [
        {"id": key, "organization_id": "o1", "name": name, "description": text, "status": "active"}
        for key, (name, text) in _SERVICES.items()
    ]
    with zipped(pantry_list(tmp_path / "list", services=services)).open("rb") as file:
        batch_id = upload_list(instance, file, name="list.zip", source="ours")
    do_work(instance, "w")
    apply_batch(instance, batch_id)
    do_work(instance, "w")
    return batch_id


def test_the_page_of_an_import_says_what_the_list_covers_and_estimates_only_that(
    app, instance, applied
):
    estimate = read_estimate(instance, applied)
    by_words = {need.words: need for need in estimate.needs}
    assert list(by_words) == list(USUAL_NEEDS.values())
    assert (by_words["food"].said, by_words["food"].reason) == (1, None)
    assert (by_words["help with rent"].said, by_words["help with rent"].reason) == (1, None)
    assert by_words["dentist"].said == 0, "the list does not cover it, so nothing is estimated"
    add_account(instance, [Role.ADMIN])
    page = signed_in_client(app).get(f"/admin/imports/{applied}").text
    assert "Can people find it?" in page
    assert ">help with rent</a>" in page
    assert ">dentist</a>" not in page
    assert "find enough for 2 of these 3." in page


def test_an_import_is_applied_though_its_estimate_waits(instance, applied):
    with instance.store.write() as session:
        add_job(session, ESTIMATE, applied)
    assert not read_batch(instance, applied).is_working


def test_an_undone_import_keeps_no_estimate(instance, applied):
    undo_batch(instance, applied)
    do_work(instance, "w")
    assert read_estimate(instance, applied) is None
