"""The guides of the demo: published, in both languages, with services that are there."""

from referral.demo.sample_guides import add_sample_guides
from referral.guides import editing
from referral.guides.published import guide_page, read_published
from referral.records.accounts import COMMAND_LINE


def test_the_demo_has_guides_in_both_languages(demo):
    guides = read_published(demo).guides
    assert [guide.content.slug for guide in guides] == ["after-a-fire", "new-here"]
    for guide in guides:
        content = guide.content
        assert all((content.title_es, content.summary_es, content.text_es))
        page = guide_page(demo, guide)
        assert [len(part.cards) for part in page.sections] == [3, 3, 3]
        for part in page.sections:
            assert part.section.title_es
            assert bool(part.section.note) == bool(part.section.note_es)


def test_what_people_have_made_of_the_guides_stays(demo):
    for guide in editing.list_guides(demo):
        editing.delete_guide(demo, COMMAND_LINE, guide.id)
    assert add_sample_guides(demo) == 0


def test_no_library_gets_the_guides_of_the_demo(instance):
    assert not instance.settings.sample_data
    assert add_sample_guides(instance) == 0
