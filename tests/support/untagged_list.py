"""A list that has none of our topics, as libraries bring it in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from referral.directory.instance import Instance
from referral.imports.seed_lists import load_base_once
from referral.topic_suggestions.suggestion_runs import RunSummary, suggest_topics
from tests.support.imported import import_list
from tests.support.provider_lists import write_hsds


def import_untagged(
    instance: Instance,
    folder: Path,
    services: Mapping[str, tuple[str, str]],
    **files: list[dict[str, str]],
) -> Instance:
    """Bring in our taxonomy and a list of these services: key → name and description.

    Args:
        files: more files of the list.
    """
    load_base_once(instance)
    write_hsds(
        folder,
        organizations=[{"id": "o1", "name": "Hand in Hand", "description": ""}],
        services=[
            {
                "id": key, "organization_id": "o1", "name": name, "description": text,
                "status": "active",
            }
            for key, (name, text) in services.items()
        ],
        **files,
    )  # fmt: skip
    import_list(instance, folder, source="list")
    return instance


def fill_untagged(instance: Instance, services: Mapping[str, tuple[str, str]]) -> None:
    """The same, in a database that tests are given copies of."""
    with TemporaryDirectory() as name:
        import_untagged(instance, Path(name) / "list", services)


def suggest(instance: Instance, **options: bool) -> RunSummary:
    """Make suggestions, and bring the index in step."""
    summary = suggest_topics(instance, lambda *_: None, **options)
    instance.index.sync()
    return summary
