"""Guides in the store: addresses, versions, conflicts, deleting; on both databases."""

from dataclasses import replace

import pytest

from referral.accounts.audit import read_audit_log
from referral.errors import NotFoundError
from referral.guides import editing
from referral.guides.published import open_guide, read_published
from referral.guides.records import (
    LONGEST,
    MOST_IN_A_SECTION,
    GuideConflict,
    GuideContent,
    GuideFault,
    GuideRefusedError,
    GuideSection,
    cleaned,
    content_faults,
    slug_of,
)
from referral.records.accounts import Actor

PAT, KIM = Actor("", "Pat"), Actor("", "Kim")  # no account: the log refers to accounts
FIRE = GuideContent(title="After a fire", summary="What to do first", text="Call **first**.")


def new_guide(instance, guide_id="a", content=FIRE, *, is_published=False):
    guide = editing.add_guide(instance, PAT, guide_id, content)
    if is_published:
        editing.publish_guide(instance, PAT, guide_id)
    return guide


def faults_of(excinfo):
    return [(each.place, each.fault) for each in excinfo.value.faults]


def titles(instance):
    return [guide.content.title for guide in editing.list_guides(instance)]


def test_an_address_is_made_of_the_title_and_stays(instance):
    guide = new_guide(instance, is_published=True)
    assert guide.content.slug == "after-a-fire"
    changed = replace(guide.content, title="When your home has burned")
    editing.save_guide(instance, PAT, "a", 2, changed)
    assert open_guide(instance, "after-a-fire").guide.content.title == changed.title


def test_an_earlier_address_leads_to_the_guide(instance):
    guide = new_guide(instance, is_published=True)
    editing.save_guide(instance, PAT, "a", 2, replace(guide.content, slug="Fire Help"))
    assert open_guide(instance, "after-a-fire").guide.content.slug == "fire-help"
    editing.save_guide(instance, PAT, "a", 3, replace(guide.content, slug="after-a-fire"))
    assert open_guide(instance, "fire-help").guide.content.slug == "after-a-fire"


def test_two_guides_never_share_an_address(instance):
    new_guide(instance)
    assert new_guide(instance, "b").content.slug == "after-a-fire-2"
    with pytest.raises(GuideRefusedError) as refused:
        new_guide(instance, "c", replace(FIRE, slug="after-a-fire"))
    assert faults_of(refused) == [("slug", GuideFault.SLUG_TAKEN)]
    with pytest.raises(GuideRefusedError) as refused:
        editing.save_guide(instance, PAT, "b", 1, replace(FIRE, slug="after-a-fire"))
    assert refused.value.faults[0].detail == "After a fire"
    assert len(editing.list_guides(instance)) == 2


def test_a_form_that_is_sent_twice_adds_one_guide(instance):
    assert new_guide(instance) == new_guide(instance)
    assert len(editing.list_guides(instance)) == 1


@pytest.mark.parametrize(
    ("text", "slug"),
    [("¿Nuevo aquí?", "nuevo-aqui"), ("  A  B--c ", "a-b-c"), ("Don't", "dont"), ("火", ""),
     ("x" * 90, "x" * LONGEST["slug"])],
)  # fmt: skip
def test_addresses(text, slug):
    assert slug_of(text) == slug


def test_what_cannot_be_saved_says_where():
    content = cleaned(
        GuideContent(
            title=" ",
            text="See [this](here) and [that](/guides)",
            summary="x" * 201,
            sections=(
                GuideSection(),
                GuideSection(note="[a](javascript:alert(1))", service_ids=("1",)),
                GuideSection(title="B", service_ids=tuple(map(str, range(30)))),
            ),
        )
    )
    found = {(each.place, each.fault, each.detail) for each in content_faults(content)}
    assert found == {
        ("title", GuideFault.NEEDED, ""),
        ("summary", GuideFault.TOO_LONG, "200"),
        ("text", GuideFault.NO_ADDRESS, "here"),
        ("sections/0/title", GuideFault.TITLE_NEEDED, ""),
        ("sections/1/title", GuideFault.TOO_MANY, str(MOST_IN_A_SECTION)),
    }
    odd = cleaned(GuideContent(title="火"))
    assert [each.fault for each in content_faults(odd)] == [GuideFault.NO_SLUG]


def test_what_only_one_person_changed_is_kept(instance):
    guide = new_guide(instance)
    editing.save_guide(instance, KIM, "a", 1, replace(guide.content, summary="Kim's"))
    saved = editing.save_guide(instance, PAT, "a", 1, replace(guide.content, text="Pat's"))
    assert (saved.content.summary, saved.content.text) == ("Kim's", "Pat's")
    assert saved.looked_by == "Pat"


def test_what_both_changed_is_refused_and_nothing_is_lost(instance):
    guide = new_guide(instance)
    theirs = replace(guide.content, text="Kim's", summary="Kim's line")
    editing.save_guide(instance, KIM, "a", 1, theirs)
    conflict = editing.save_guide(instance, PAT, "a", 1, replace(guide.content, text="Pat's"))
    assert isinstance(conflict, GuideConflict)
    assert conflict.both_changed == ("text",)
    assert conflict.theirs.content == theirs
    assert (conflict.merged.text, conflict.merged.summary) == ("Pat's", "Kim's line")
    assert editing.read_guide(instance, "a").content == theirs
    saved = editing.save_guide(instance, PAT, "a", conflict.theirs.number, conflict.merged)
    assert saved.content == conflict.merged


def test_only_published_guides_are_public(instance):
    new_guide(instance)
    assert not read_published(instance).guides
    with pytest.raises(NotFoundError):
        open_guide(instance, "after-a-fire")
    editing.publish_guide(instance, PAT, "a")
    assert open_guide(instance, "after-a-fire").guide.is_published
    editing.unpublish_guide(instance, PAT, "a")
    with pytest.raises(NotFoundError):
        open_guide(instance, "after-a-fire")


def test_an_empty_guide_is_not_published(instance):
    new_guide(instance, content=GuideContent(title="Empty", summary="Only a line"))
    with pytest.raises(GuideRefusedError) as refused:
        editing.publish_guide(instance, PAT, "a")
    assert faults_of(refused) == [("text", GuideFault.EMPTY)]


def test_a_deleted_guide_frees_its_address_and_comes_back(instance):
    new_guide(instance, is_published=True)
    editing.delete_guide(instance, PAT, "a")
    assert not editing.list_guides(instance)
    assert not read_published(instance).guides
    with pytest.raises(NotFoundError):
        editing.save_guide(instance, KIM, "a", 3, FIRE)
    assert new_guide(instance, "b").content.slug == "after-a-fire"
    editing.restore_guide(instance, PAT, "a")
    back = editing.read_guide(instance, "a")
    assert (back.content.slug, back.is_published, back.is_deleted) == (
        "after-a-fire-2",
        False,
        False,
    )
    editing.restore_guide(instance, PAT, "a")
    assert editing.read_guide(instance, "a") == back


def test_order(instance):
    for name in "abc":
        new_guide(instance, name, replace(FIRE, title=name))
    editing.move_guide(instance, PAT, "c", -1)
    assert titles(instance) == ["a", "c", "b"]
    editing.move_guide(instance, PAT, "c", -5)
    editing.move_guide(instance, PAT, "a", 9)
    assert titles(instance) == ["c", "b", "a"]


def test_versions_tell_who_changed_what_and_can_be_gone_back_to(instance):
    guide = new_guide(instance)
    moved = replace(guide.content, text="Other", slug="other")
    editing.save_guide(instance, KIM, "a", 1, moved)
    editing.restore_version(instance, PAT, "a", 1)
    last, middle, _first = editing.list_versions(instance, "a")
    assert (middle.actor_name, middle.changed) == ("Kim", ("slug", "text"))
    assert (last.action, last.changed) == (editing.WENT_BACK, ("text",))
    now = editing.read_guide(instance, "a").content
    assert (now.text, now.slug) == (FIRE.text, "other")
    with pytest.raises(NotFoundError):
        editing.restore_version(instance, PAT, "a", 77)


def test_the_day_of_a_guide_is_that_of_reading_it(instance):
    guide = new_guide(instance)
    editing.publish_guide(instance, KIM, "a")
    assert editing.read_guide(instance, "a").looked_at == guide.looked_at
    editing.confirm_guide(instance, KIM, "a")
    looked = editing.read_guide(instance, "a")
    assert looked.looked_at > guide.looked_at
    assert looked.looked_by == "Kim"


def test_the_audit_log_has_each_change_and_no_words(instance):
    guide = new_guide(instance, is_published=True)
    editing.save_guide(instance, KIM, "a", 2, replace(guide.content, text="Kim's"))
    editing.save_guide(instance, KIM, "a", 3, replace(guide.content, text="Kim's"))
    entries = read_audit_log(instance).entries
    assert [(each.action, each.actor_name, each.record_id, each.detail) for each in entries] == [
        ("guide-changed", "Kim", "a", {}),
        ("guide-published", "Pat", "a", {}),
        ("guide-added", "Pat", "a", {}),
    ]


def test_words_of_a_search_lead_to_a_guide(instance):
    new_guide(instance, content=replace(FIRE, title_es="Después de un incendio"), is_published=True)
    new_guide(instance, "b", replace(FIRE, title="New here"), is_published=True)
    guides = read_published(instance)
    assert guides.about("help after fires").id == "a"
    assert guides.about("incendios").id == "a"
    assert guides.about("new here").id == "b"
    assert guides.about("what to do first").id == "a", "the first of two"
    editing.move_guide(instance, PAT, "b", -1)
    assert read_published(instance).about("what to do first").id == "b"
    assert guides.about("fire insurance") is None
    assert guides.about("help with") is None
    assert guides.about("") is None
