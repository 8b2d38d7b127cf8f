"""A list without topics of our taxonomy, imported for tests of topic suggestions."""

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
    """Import our taxonomy and a list of services, given as key → (name, description).

    Args:
        files: further files of the list.
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
    """Import an untagged list into a database that tests copy."""
    with TemporaryDirectory() as name:
        import_untagged(instance, Path(name) / "list", services)


def suggest(instance: Instance, **options: bool) -> RunSummary:
    """Suggest topics for all services, and update the index."""
    summary = suggest_topics(instance, lambda *_: None, **options)
    instance.index.sync()
    return summary
