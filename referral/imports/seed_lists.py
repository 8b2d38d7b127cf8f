"""Import of the lists under ``seed_data/``: taxonomy, national help lines, sample county."""

from __future__ import annotations

from sqlalchemy import select

from referral.directory.instance import Instance
from referral.directory.seed import load_headings, load_word_lists
from referral.formats import OPEN_REFERRAL
from referral.imports.apply import apply_import
from referral.imports.prepare import no_progress, prepare_import
from referral.jobs.progress import OnProgress
from referral.records.headings import OWN_TAXONOMY
from referral.records.listing import NATIONAL_SOURCE
from referral.resources import resource_path
from referral.store.rows import TaxonomyTermRow

# Lists of every library, and those of the demo only: folder → name of the list.
_BASE_LISTS = {"taxonomy": "referral-needs", "national": NATIONAL_SOURCE}


_SAMPLE_LISTS = {"county": "sample-county"}
SECOND_LIST = "second-sample-list"


def load_base(instance: Instance, progress: OnProgress = no_progress) -> None:
    """Load the seed data: headings, crosswalk, word lists, our taxonomy and national help lines."""
    load_headings(instance)
    load_word_lists(instance)
    _import_and_index(instance, _BASE_LISTS, progress)


def load_base_once(instance: Instance) -> None:
    """Load the base seed data once; later only headings and words that are missing.

    Without it queries are not understood and no topics are suggested. The caller updates the index.
    """
    with instance.store.read() as session:
        own_terms = (
            select(TaxonomyTermRow.id).where(TaxonomyTermRow.taxonomy == OWN_TAXONOMY).limit(1)
        )
        is_loaded = session.scalar(own_terms) is not None
    load_headings(instance)
    load_word_lists(instance)
    if not is_loaded:
        _import_lists(instance, _BASE_LISTS, no_progress)


def load_sample(instance: Instance, progress: OnProgress = no_progress) -> None:
    """Load the base seed data and the invented county of the demo."""
    load_headings(instance)
    load_word_lists(instance)
    _import_and_index(instance, _BASE_LISTS | _SAMPLE_LISTS, progress)


def load_second_list(instance: Instance) -> None:
    """Load a short sample list with two services that the invented county has as well."""
    _import_and_index(instance, {"second_list": SECOND_LIST}, no_progress)


def _import_and_index(instance: Instance, lists: dict[str, str], progress: OnProgress) -> None:
    _import_lists(instance, lists, progress)
    progress("Indexing", 0, 1)
    instance.index.sync_after_commit()


def _import_lists(instance: Instance, lists: dict[str, str], progress: OnProgress) -> None:
    for folder, source in lists.items():
        path = resource_path("seed_data") / folder
        prepared = prepare_import(
            instance, path, source=source, format=OPEN_REFERRAL, progress=progress
        )
        apply_import(instance, prepared, confirmed=prepared.report.doubt_codes, progress=progress)
