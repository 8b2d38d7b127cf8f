"""Guides of the demo's invented county, in English and Spanish."""

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
    """Publish the demo's guides in ``seed_data/sample_guides.json``; return how many.

    Nothing is added if the instance is not a demo, or has had guides already.
    """
    had_guides = list_guides(instance) or list_guides(instance, deleted=True)
    if not instance.settings.sample_data or had_guides:
        return 0
    text = (resource_path("seed_data") / _FILE).read_text(encoding="utf-8")
    guides = json.loads(text)
    service_ids = _service_ids_by_name(instance, guides)
    for guide in guides:
        sections = tuple(_make_section(each, service_ids) for each in guide.pop("sections"))
        content = GuideContent(**guide, sections=sections)
        guide_id = str(uuid5(NAMESPACE_URL, f"{_FILE}#{content.title}"))
        add_guide(instance, COMMAND_LINE, guide_id, content)
        publish_guide(instance, COMMAND_LINE, guide_id)
    return len(guides)


def _make_section(values: dict[str, Any], service_ids: dict[str, str]) -> GuideSection:
    names = values.pop("services")
    known_ids = tuple(service_ids[name] for name in names if name in service_ids)
    return GuideSection(**values, service_ids=known_ids)


def _service_ids_by_name(instance: Instance, guides: list[dict[str, Any]]) -> dict[str, str]:
    sections = (section for guide in guides for section in guide["sections"])
    names = {name for section in sections for name in section["services"]}
    statement = select(ServiceRow.name, ServiceRow.id).where(ServiceRow.name.in_(names))
    with instance.store.read() as session:
        return {row.name: row.id for row in session.execute(statement)}
