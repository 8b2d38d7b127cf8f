"""Many records changed together: as it was shown, as one edit would, and taken back in one step."""

import pytest

from referral.curation.bulk_changes import (
    BulkAction,
    BulkRequest,
    apply_changes,
    list_changes,
    preview_changes,
    undo_changes,
)
from referral.curation.drafts import read_draft
from referral.curation.find_records import find_record_keys
from referral.curation.form_text import format_draft
from referral.curation.save import save_draft
from referral.errors import NotFoundError, RefusedError
from tests.support.databases import database_filled
from tests.support.editing import (
    HALL,
    ORGANIZATION,
    PANTRY,
    PAT,
    SAFE_HOUSE,
    SHELTER,
    public,
    the_county_for_staff,
    typed,
)
from tests.support.staff import post, signed_in_client

LIST = "/curation/records/together"

directory_url = database_filled(the_county_for_staff)


def change_all(county, change, keys=None, **options):
    """Change records as they were previewed; the plan, and how many were changed."""
    keys = keys or find_record_keys(county, "")
    plan = preview_changes(county, keys, change)
    return plan, apply_changes(county, keys, change, plan.digest, PAT, **options)


def values(county, kind, name):
    """The values of a field, or of a kind of part, of all records of a kind."""
    found = {}
    for each, identity in find_record_keys(county, "", kind):
        draft = read_draft(county, each, identity)
        parts = draft.of_kind(name)
        found[identity] = parts or getattr(draft.record, name, None)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "kind", "name"),
    [
        (BulkRequest(action=BulkAction.HEADING, value="seniors"), "service", "service_heading"),
        (BulkRequest(action=BulkAction.LANGUAGE, value="Spanish"), "location", "language"),
        (BulkRequest(action=BulkAction.PHONE, value="814 555 0199"), "organization", "phone"),
        (BulkRequest(action=BulkAction.CHECKED_BY, value="E-mail"), "service", "verified_by"),
        (BulkRequest(action=BulkAction.VISIBILITY, value="staff"), "location", "visibility"),
        (
            BulkRequest(action=BulkAction.REPLACE, field="name", find="e", value="E"),
            "service",
            "name",
        ),
    ],
)
def test_all_found_are_changed_and_taken_back_in_one_step(searchable, change, kind, name):
    before = values(searchable, kind, name)
    plan, count = change_all(searchable, change)
    assert count == len(plan.changes) > 0
    after = values(searchable, kind, name)
    changed = {each.record_id for each in plan.changes if each.kind == kind}
    assert changed == {identity for identity in before if before[identity] != after[identity]}
    again = preview_changes(searchable, find_record_keys(searchable, ""), change)
    assert not again.changes or change.action is BulkAction.REPLACE
    (entry,) = list_changes(searchable)
    assert (entry.count, entry.action, entry.is_undone) == (count, change.action.value, False)
    undo_changes(searchable, entry.group_id, PAT)
    assert values(searchable, kind, name) == before
    assert list_changes(searchable)[0].is_undone
    with pytest.raises(RefusedError):
        undo_changes(searchable, entry.group_id, PAT)
    with pytest.raises(NotFoundError):
        undo_changes(searchable, "something else", PAT)


@pytest.mark.slow
def test_a_number_takes_the_place_of_another_wherever_it_stands(searchable):
    (old,) = {each.number for each in read_draft(searchable, "service", PANTRY).of_kind("phone")}
    change = BulkRequest(action=BulkAction.PHONE, find=old, value="(814) 555-0123 ")
    plan, _ = change_all(searchable, change)
    assert {each.before for each in plan.changes} == {old}
    (phone,) = read_draft(searchable, "service", PANTRY).of_kind("phone")
    assert phone.tel.endswith("8145550123")


@pytest.mark.slow
def test_nothing_is_written_that_was_not_shown(searchable):
    keys = [("service", PANTRY)]
    change = BulkRequest(action=BulkAction.REPLACE, field="name", find="Pantry", value="Larder")
    plan = preview_changes(searchable, keys, change)
    save_draft(searchable, typed(searchable, "service", PANTRY, name="The Pantry").draft, PAT)
    with pytest.raises(RefusedError, match="look again"):
        apply_changes(searchable, keys, change, plan.digest, PAT)
    assert read_draft(searchable, "service", PANTRY).name == "The Pantry"


@pytest.mark.slow
def test_what_somebody_changed_since_stays_when_it_is_undone(searchable):
    change_all(searchable, BulkRequest(action=BulkAction.VISIBILITY, value="staff"))
    save_draft(searchable, typed(searchable, "service", PANTRY, visibility="withheld").draft, PAT)
    undone = undo_changes(searchable, list_changes(searchable)[0].group_id, PAT)
    assert [each.record_id for each in undone.kept] == [PANTRY]
    assert read_draft(searchable, "service", PANTRY).record.visibility == "withheld"


@pytest.mark.slow
def test_a_place_that_is_withheld_is_gone_from_public_pages_at_once(searchable):
    assert public(searchable, PANTRY).sites
    change_all(
        searchable,
        BulkRequest(action=BulkAction.VISIBILITY, value="withheld"),
        [("location", HALL)],
    )
    listing = public(searchable, PANTRY)
    assert all(site.address is None for site in listing.sites)


@pytest.mark.slow
def test_a_shelter_stays_hidden_unless_somebody_says_otherwise(searchable):
    """As the form of one record asks before it saves."""
    address = dict(read_rows(searchable, SAFE_HOUSE)[0], visibility="public")
    hidden = typed(
        searchable, "location", SAFE_HOUSE, {"address": [address]}, visibility="withheld"
    )
    save_draft(searchable, hidden.draft, PAT)
    change = BulkRequest(action=BulkAction.VISIBILITY, value="public")
    keys = [("location", SAFE_HOUSE), ("service", SHELTER), ("organization", ORGANIZATION)]
    plan, count = change_all(searchable, change, keys)
    assert [each.record_id for each in plan.shelters] == [SAFE_HOUSE]
    assert read_draft(searchable, "location", SAFE_HOUSE).record.visibility == "withheld"
    _, count = change_all(searchable, change, keys, shelters=True)
    assert count == 1
    assert read_draft(searchable, "location", SAFE_HOUSE).record.visibility == "public"


def test_a_replacement_that_makes_a_public_service_a_shelter_warns(searchable):
    change = BulkRequest(action=BulkAction.REPLACE, field="name", find="Food pantry",
                        value="Domestic violence shelter")  # fmt: skip
    plan = preview_changes(searchable, [("service", PANTRY)], change)
    assert [each.record_id for each in plan.shelters] == [PANTRY]


def read_rows(county, location):
    """The addresses of a place as the form has them."""
    return format_draft(read_draft(county, "location", location)).rows["address"]


def test_a_name_is_never_emptied(searchable):
    change = BulkRequest(action=BulkAction.REPLACE, field="name", value="",
                        find=read_draft(searchable, "service", PANTRY).name)  # fmt: skip
    plan, count = change_all(searchable, change, [("service", PANTRY)])
    assert (count, len(plan.problems)) == (0, 1)


@pytest.mark.slow
def test_the_pages_lead_from_the_list_to_the_undo(searchable, app):
    client = signed_in_client(app)

    def send(path=LIST, **fields):
        return post(client, path, LIST, **fields).text

    change_all(searchable, BulkRequest(action=BulkAction.CHECKED_BY, value="A call"))
    chosen = {"record": [f"service:{PANTRY}", "service:nothing"]}
    assert "1 record is chosen" in send(**chosen)
    wanted = {**chosen, "action": "checked-by", "checked-by-value": "A visit"}
    assert "Please fill in" in send(**{**wanted, "checked-by-value": " ", "do": "preview"})
    page = send(**wanted, do="preview")
    assert "1 record would change" in page
    shown = page.split('name="shown" value="')[1].split('"')[0]
    assert "1 record was changed." in send(**wanted, do="apply", shown=shown)
    assert read_draft(searchable, "service", PANTRY).record.verified_by == "A visit"
    group = list_changes(searchable)[0].group_id
    assert "1 record was taken back." in send(f"{LIST}/undo", group=group)
    assert "taken back already" in send(f"{LIST}/undo", group=group)
    everything = {"all": "1", "q": "", "kind": "service", "retired": "", "aside": ""}
    assert "records are chosen" in send(**everything)
