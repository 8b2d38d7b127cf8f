"""The names of what the fields of a draft point at: places, topics, headings, organizations."""

from __future__ import annotations

from referral.curation.drafts import Draft
from referral.curation.find_records import name_records, read_surroundings
from referral.directory.browse import list_headings
from referral.directory.context import Directory
from referral.directory.term_lookup import name_terms
from referral.records.visibility import Audience
from referral.web.listing_labels import heading_name


def names_in(directory: Directory, *drafts: Draft | None) -> dict[str, str]:
    """Id, or slug, → name, for all that these drafts point at."""
    names = {
        heading.slug: heading_name(heading)
        for heading, _ in list_headings(directory, Audience.CURATION)
    }
    for draft in filter(None, drafts):
        around = read_surroundings(directory, draft.kind, draft.record)
        names |= {program.id: program.name for program in around.programs}
        terms = [each.taxonomy_term_id for each in draft.of_kind("attribute")]
        names |= {term.id: term.name for term in name_terms(directory, terms)}
        links = draft.of_kind("service_at_location")
        names |= name_records(directory, "location", [each.location_id for each in links])
        names |= {each.id: names.get(each.location_id, "") for each in links}
        wanted = ("organization_id", "parent_organization_id")
        ids = [getattr(draft.record, name, "") for name in wanted]
        names |= name_records(directory, "organization", [each for each in ids if each])
    return names
