"""Whose a followed listing is, and who checked it, on the pages where patrons read of it."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from referral.app import create_app
from referral.app.job_kinds import do_work
from referral.following.records import PullOutcome, SourceKind
from referral.imports.batches import undo_batch
from referral.records.hsds import Service, ServiceAtLocation
from referral.store.rows import ServiceAtLocationRow, ServiceRow
from tests.support.inspector import soup_of, text_of
from tests.support.pairs import store
from tests.support.provider_lists import pantry_list, zipped

CHECKED = "Last checked 1 October 2026, by Erie County 2-1-1"


@pytest.fixture
def pantry(follower, tmp_path):
    """The id of a listing of a partner, who checked it."""
    follower.partner.files["/list.zip"] = zipped(pantry_list(tmp_path / "list")).read_bytes()
    follower.follow(
        publisher="Erie County 2-1-1", licence="CC BY 4.0", contact="lists@erie.example"
    )
    follower.take_all()
    follower.instance.index.sync()
    with follower.instance.store.read() as session:
        return session.scalar(select(ServiceRow.id).where(ServiceRow.source_key == "s1"))


def test_pages_say_whose_a_listing_is_and_that_they_checked_it(follower, pantry):
    client = create_app(follower.instance.settings, follower.instance).test_client()
    page = text_of(client.get(f"/services/{pantry}"))
    assert page.count(CHECKED) == 1
    assert "Comes from Erie County 2-1-1 (CC BY 4.0)" in page
    assert "Tell them about mistakes: lists@erie.example" in page
    assert 'href="mailto:lists@erie.example"' in client.get(f"/services/{pantry}").text
    assert CHECKED in text_of(client.get("/search?q=food+pantry"))
    paper = text_of(client.get(f"/services/{pantry}/print"))
    assert CHECKED in paper
    assert "From Erie County 2-1-1 (CC BY 4.0)" in paper
    client.post("/my-list/change", data={"add": pantry}, headers={"Sec-Fetch-Site": "same-origin"})
    for path in ("/my-list", "/my-list/print"):
        assert CHECKED in text_of(client.get(path))


def test_another_referral_says_who_publishes_its_list(follower):
    partner = follower.partner
    partner.about["/hsds/3.1/"] = {"publisher": {"name": "Erie County", "email": "a@erie.example"}}
    record = {"id": "5e5c0000-0000-4000-8000-000000000001", "name": "Soup", "status": "active"}
    partner.changes = [{"kind": "service", "id": record["id"], "record": record}]
    follower.follow("/", SourceKind.REFERRAL)
    follower.pull()
    said = follower.source.settings
    assert (said.publisher, said.contact) == ("Erie County", "a@erie.example")


@pytest.mark.slow
def test_the_page_of_a_source_says_what_became_of_its_list(follower, pantry):
    assert follower.source.outcome is PullOutcome.TAKEN
    undo_batch(follower.instance, follower.source.batch_id)
    do_work(follower.instance, "w")
    assert follower.source.outcome is PullOutcome.NOT_KEPT


@pytest.mark.slow
@pytest.mark.parametrize("handed_on", [True, False])
def test_search_engines_get_nothing_that_may_not_be_handed_on(follower, pantry, handed_on):
    instance = follower.instance
    follower.follow(publisher="Erie County 2-1-1", is_handed_on=handed_on)
    with instance.store.read() as session:
        service = session.get_one(ServiceRow, pantry)
        agency = service.organization_id
        place = session.scalar(
            select(ServiceAtLocationRow.location_id).where(
                ServiceAtLocationRow.service_id == pantry
            )
        )
    own = str(uuid4())
    store(
        instance,
        Service(id=own, organization_id=None, name="Knitting circle", status="active"),
        ServiceAtLocation(id=str(uuid4()), service_id=own, location_id=place),
        source="by hand",
    )
    client = create_app(instance.settings, instance).test_client()
    for path in (f"/services/{pantry}", f"/organizations/{agency}"):
        assert ("application/ld+json" in client.get(path).text) is handed_on
        assert "Erie County 2-1-1" in client.get(path).text
        listed = client.get(f"/sitemap{path.rpartition('/')[0]}/1")
        assert (path in listed.text) is handed_on
    ours = client.get(f"/services/{own}")
    data = soup_of(ours).select_one('script[type="application/ld+json"]').string
    assert ("1 Elm St" in data) is handed_on
    assert "1 Elm St" in ours.text
    assert own in client.get("/sitemap/services/1").text
