"""A list that has none of our topics, as libraries bring it in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from referral.directory.context import Directory
from referral.imports.seed_lists import load_base_once
from referral.topic_suggestions.suggestion_runs import RunSummary, suggest_topics
from tests.support.imported import import_list
from tests.support.provider_lists import write_hsds


def import_untagged(
    directory: Directory,
    folder: Path,
    services: Mapping[str, tuple[str, str]],
    **files: list[dict[str, str]],
) -> Directory:
    """Bring in our taxonomy and a list of these services: key → name and description.

    Args:
        files: more files of the list.
    """
    load_base_once(directory)
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
    import_list(directory, folder, source="list")
    return directory


def fill_untagged(directory: Directory, services: Mapping[str, tuple[str, str]]) -> None:
    """The same, in a database that tests are given copies of."""
    with TemporaryDirectory() as name:
        import_untagged(directory, Path(name) / "list", services)


def suggest(directory: Directory, **options: bool) -> RunSummary:
    """Make suggestions, and bring the index in step."""
    summary = suggest_topics(directory, lambda *_: None, **options)
    directory.index.sync()
    return summary
