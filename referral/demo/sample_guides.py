"""Two guides of the sample county, in both languages."""

from __future__ import annotations

import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select

from referral.directory.instance import Instance
from referral.guides.editing import add_guide, list_guides, publish_guide
from referral.guides.records import GuideContent, GuideSection
from referral.records.accounts import COMMAND_LINE
from referral.resources import resource_path
from referral.store.rows import ServiceRow

_FILE = "sample_guides.json"


def add_sample_guides(instance: Instance) -> int:
    """Publish the guides of ``seed_data/sample_guides.json``; gives how many were added.

    None where the instance is not the demo's, or had guides already.
    """
    had_some = list_guides(instance) or list_guides(instance, deleted=True)
    if not instance.settings.sample_data or had_some:
        return 0
    text = (resource_path("seed_data") / _FILE).read_text(encoding="utf-8")
    guides = json.loads(text)
    ids = _ids_by_name(instance, guides)
    for guide in guides:
        sections = tuple(_section(each, ids) for each in guide.pop("sections"))
        content = GuideContent(**guide, sections=sections)
        guide_id = str(uuid5(NAMESPACE_URL, f"{_FILE}#{content.title}"))
        add_guide(instance, COMMAND_LINE, guide_id, content)
        publish_guide(instance, COMMAND_LINE, guide_id)
    return len(guides)


def _section(values: dict[str, Any], ids: dict[str, str]) -> GuideSection:
    names = values.pop("services")
    return GuideSection(**values, service_ids=tuple(ids[name] for name in names if name in ids))


def _ids_by_name(instance: Instance, guides: list[dict[str, Any]]) -> dict[str, str]:
    sections = (section for guide in guides for section in guide["sections"])
    names = {name for section in sections for name in section["services"]}
    statement = select(ServiceRow.name, ServiceRow.id).where(ServiceRow.name.in_(names))
    with instance.store.read() as session:
        return {row.name: row.id for row in session.execute(statement)}
