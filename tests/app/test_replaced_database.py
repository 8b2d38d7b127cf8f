"""A backup, a standby or a copy takes the place of the database: nothing of before is shown."""

import shutil
from uuid import UUID

import pytest

from referral.directory.instance import open_instance
from referral.directory.search import complete_words, suggest_words
from referral.records.hsds import Address, Location, Organization, Service, ServiceAtLocation
from referral.records.visibility import Visibility
from referral.search.query import SearchQuery
from referral.store.conversion import row_from
from referral.store.rows import ServiceRow
from tests.conftest import settings_for
from tests.search.contents import contents_from_rows, contents_of

pytestmark = pytest.mark.both_databases

HIDDEN = "Quiet Harbor"
SECRET = str(UUID(int=1))
LOST = 4


@pytest.fixture
def filled(instance):
    """Give a directory in which one service of four is withheld."""
    with instance.store.write() as session:
        session.add(row_from(Organization(id="o1", name="Lantern House")))
        hidden = Service(
            id=SECRET, organization_id="o1", name=HIDDEN, visibility=Visibility.WITHHELD
        )
        session.add(row_from(hidden))
        for number in range(2, 5):
            session.add(
                row_from(Service(id=f"s{number}", organization_id="o1", name=f"Bread {number}"))
            )
        session.add(row_from(Location(id="l1", organization_id="o1", name="Hall")))
        session.add(
            row_from(Address(id="a1", location_id="l1", city="Titusville", state_province="PA"))
        )
        session.add(row_from(ServiceAtLocation(id="x1", service_id="s2", location_id="l1")))
    instance.index.sync()
    return instance


def edit(instance, times, word):
    """Change a service once in each transaction."""
    for number in range(times):
        with instance.store.write() as session:
            session.get_one(ServiceRow, "s3").name = f"{word} {number}"


def show_hidden(instance):
    with instance.store.write() as session:
        session.get_one(ServiceRow, SECRET).visibility = Visibility.PUBLIC.value


def see_it_everywhere(instance, client):
    """Fill every cache with what will be withheld again."""
    instance.index.sync()
    assert client.get(f"/services/{SECRET}").status_code == 200
    assert HIDDEN in client.get("/search?q=harbor").get_data(as_text=True)
    assert [each.text for each in complete_words(instance, "quiet")] == [HIDDEN]
    assert "harbor" in suggest_words(instance, "harbar")[0]


def assert_it_is_shown_nowhere(instance, client):
    """At the first request, before the index is made anew."""
    assert client.get(f"/services/{SECRET}").status_code == 404
    assert HIDDEN not in client.get("/search?q=harbor").get_data(as_text=True)
    assert HIDDEN not in client.get("/search").get_data(as_text=True)
    assert complete_words(instance, "quiet") == ()
    assert suggest_words(instance, "harbar") == ()


def assert_index_is_made_anew(instance):
    report = instance.index.sync()
    assert report.rebuilt
    assert contents_of(instance.settings.index_path) == contents_from_rows(instance.store)
    assert instance.index.search(SearchQuery(words="harbor", exactly=True)).total == 0
    assert instance.index.status().lag == 0
    assert not instance.index.sync().rebuilt


@pytest.mark.slow
@pytest.mark.parametrize("edits_since", [0, 1, LOST, LOST + 3])
def test_a_backup_put_back_by_hand_is_noticed_at_the_next_request(
    filled, client, databases, edits_since
):
    put_back = databases.snapshot(filled.settings.database_url)
    edit(filled, LOST - 1, "Lost")
    show_hidden(filled)
    see_it_everywhere(filled, client)
    put_back()
    edit(filled, edits_since, "Later")
    assert_it_is_shown_nowhere(filled, client)
    assert filled.index.status().lag > 0
    assert_index_is_made_anew(filled)
    names = {row.name for row in _services(filled)}
    assert not any(name.startswith("Lost") for name in names)


def test_texts_and_word_lists_of_a_replaced_database_are_read_anew(filled, databases):
    put_back = databases.snapshot(filled.settings.database_url)
    filled.texts.refresh()
    filled.index.sync()
    lists = filled.index._word_lists.get()
    edit(filled, 1, "Lost")
    filled.texts.refresh()
    filled.index.sync()
    assert filled.index._word_lists.get() is lists, "an edit of a listing changes no word list"
    texts = filled.texts._loaded.texts
    put_back()
    edit(filled, 1, "Later")
    filled.texts.refresh()
    filled.index.sync()
    assert filled.texts._loaded.texts is not texts
    assert filled.index._word_lists.get() is not lists


@pytest.mark.slow
def test_a_copied_folder_is_noticed_when_its_index_comes_back(filled, tmp_path, databases):
    """Two copies go on by the same numbers; then one gets the index of the other."""
    kept = databases.snapshot(filled.settings.database_url)
    copy = tmp_path / "copy"
    shutil.copytree(filled.settings.index_path, copy / "index")
    show_hidden(filled)
    filled.index.sync()
    mark = filled.index.status().mark
    index_of_first = tmp_path / "index-of-first"
    shutil.copytree(filled.settings.index_path, index_of_first)
    filled.close()
    kept()
    second = open_instance(settings_for(copy, filled.settings.database_url))
    try:
        edit(second, 1, "Other")
        assert not second.index.sync().rebuilt, "its own index goes on"
        assert second.index.status().mark == mark
        shutil.rmtree(copy / "index")
        shutil.copytree(index_of_first, copy / "index")
        assert complete_words(second, "quiet") == ()
        assert_index_is_made_anew(second)
    finally:
        second.close()


def test_a_crash_between_commit_and_mark_hides_no_lost_change(filled, databases):
    """What the index took over and did not mark yet may be lost in the database too."""
    put_back = databases.snapshot(filled.settings.database_url)
    show_hidden(filled)

    def die(step):
        if step == "committed":
            raise KeyboardInterrupt

    filled.index._synchronizer.step = die
    with pytest.raises(KeyboardInterrupt):
        filled.index.sync()
    filled.index._synchronizer.step = lambda _step: None
    put_back()
    edit(filled, 1, "Later")
    assert complete_words(filled, "quiet") == ()
    assert_index_is_made_anew(filled)


def _services(instance):
    with instance.store.read() as session:
        return session.query(ServiceRow).all()
