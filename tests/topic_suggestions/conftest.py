"""A list with categories of its own and none of our topics."""

import tempfile
from pathlib import Path

import pytest

from referral.app.job_kinds import do_work
from referral.imports.batches import apply_batch, upload_list
from referral.imports.seed_lists import load_base
from referral.topic_suggestions.suggestion_runs import suggest_topics
from tests.support.provider_lists import write_hsds, zipped

CATEGORIES = {"c1": "Groceries", "c2": "Rent money", "c3": "Qwert", "c4": "Women/Girls"}
SERVICES = {
    "s1": ("Grocery Closet", "Bags of canned goods and bread for families.", "c1 c4"),
    "s2": ("Saturday shelf", "A food pantry with groceries for a week.", "c1 c4"),
    "s3": ("Parish pantry", "Free groceries from the food pantry.", "c1 c3"),
    "s4": ("Rental assistance", "Money for people who are behind on their rent.", "c2"),
    "s5": ("Rent fund", "Help to pay the rent for a month.", "c2 c3"),
    "s6": ("Ride share", "Drivers take older adults to a medical appointment.", ""),
    "s7": ("Zyxwv", "Qwert asdfg.", ""),
}


class ListMaker:
    """Writes, uploads and applies the list ``list``, as often as it is asked to."""

    def __init__(self, instance, folder):
        self._instance, self._folder, self._count = instance, folder, 0

    def bring(self, services):
        """Import a list of these services as a job; the id of the batch."""
        self._count += 1
        folder = write_hsds(
            self._folder / f"list{self._count}",
            organizations=[{"id": "o1", "name": "Hand in Hand", "description": ""},
                           {"id": "o2", "name": "Open Door", "description": ""}],
            services=[
                {"id": key, "organization_id": f"o{1 + number % 2}", "name": name,
                 "description": text, "status": "active"}
                for number, (key, (name, text, _)) in enumerate(services.items())
            ],
            taxonomies=[{"id": "t1", "name": "Shelves"}],
            taxonomy_terms=[
                {"id": key, "code": "", "name": name, "taxonomy_id": "t1", "taxonomy": "Shelves"}
                for key, name in CATEGORIES.items()
            ],
            attributes=[
                {"id": f"{key}-{category}", "link_id": key, "link_entity": "service",
                 "taxonomy_term_id": category}
                for key, (_, _, categories) in services.items()
                for category in categories.split()
            ],
        )  # fmt: skip
        with zipped(folder).open("rb") as stream:
            batch_id = upload_list(self._instance, stream, name="list.zip", source="list")
        do_work(self._instance, "worker")
        apply_batch(self._instance, batch_id)
        do_work(self._instance, "worker")
        return batch_id


def with_suggestions(instance):
    """Fill a directory with the base data, the list, and suggestions for it."""
    load_base(instance)
    with tempfile.TemporaryDirectory() as folder:
        ListMaker(instance, Path(folder)).bring(SERVICES)
    suggest_topics(instance, lambda *_: None)


@pytest.fixture
def directory_url(request, databases):
    """Give a database with what the test asks for: the list, or the base data, or neither."""
    asked = set(request.fixturenames)
    if "suggested" in asked:
        return databases.filled(with_suggestions)
    return databases.filled(load_base) if asked & {"lists", "fresh"} else databases.filled()


@pytest.fixture
def lists(instance, tmp_path):
    """Give what imports lists into the directory."""
    return ListMaker(instance, tmp_path)


@pytest.fixture
def suggested(searchable):
    """Give a directory with the list and suggestions for it."""
    return searchable
