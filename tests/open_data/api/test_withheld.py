"""Nothing that is withheld is in any answer, from the moment at which it is withheld."""

from uuid import UUID

import pytest

from referral.open_data.api.operations import LISTS
from referral.records.visibility import Visibility
from referral.store.rows import LocationRow, ServiceRow
from tests.open_data.api.conftest import ApiClient
from tests.support.editing import HALL, PANTRY, SAFE_HOUSE, SHELTER, bring_in
from tests.support.plants import planted
from tests.test_withheld import shown_in


def everything(api):
    """Give the text of all that can be asked for without knowing an id.

    What is given in full is requested as lines only, not as pages too.
    """
    texts = []
    for path in LISTS:
        for more in ({}, {"full": "true"}, {"full_service": "true"}):
            if path.startswith("taxonom") and more:
                continue
            if path != "organizations" and "full_service" in more:
                continue
            texts.append(api.send(f"/{path}", query_string={"format": "ndjson", **more}).text)
            if not more:
                texts.append(api.send(f"/{path}", query_string={"per_page": 200, **more}).text)
    return "\n".join(texts)


@pytest.mark.slow
def test_nothing_withheld_of_the_demo_is_in_any_answer(api):
    text = everything(api)
    assert "Food Help Line" in text
    assert shown_in(text, planted()) == set()


@pytest.mark.slow
def test_a_shelter_held_back_is_told_without_its_place(instance, app, tmp_path):
    bring_in(instance, tmp_path)
    instance.index.sync()
    api = ApiClient(app)
    text = everything(api)
    assert PANTRY in text
    assert HALL in text
    assert SHELTER in text
    for trace in (SAFE_HOUSE, "9 Secret Way", "41.7"):
        assert trace not in text
    links = api.lines("/service_at_locations", postcode="16335", proximity="90000000")
    assert SAFE_HOUSE not in str(links)
    for path in LISTS:
        api.problem(f"/{path}/{SAFE_HOUSE}", 404)


@pytest.mark.slow
@pytest.mark.parametrize("how", [Visibility.WITHHELD, Visibility.STAFF])
def test_what_is_withheld_is_gone_with_the_next_answer(instance, app, tmp_path, how):
    """Also where the index has not heard of it yet."""
    bring_in(instance, tmp_path)
    instance.index.sync()
    api = ApiClient(app)
    assert HALL in everything(api)
    tag = api.send(f"/services/{PANTRY}").headers["ETag"]
    with instance.store.write() as session:
        session.get_one(LocationRow, HALL).visibility = how.value
    assert HALL not in everything(api)
    assert api.send(f"/services/{PANTRY}", headers={"If-None-Match": tag}).status_code == 200
    with instance.store.write() as session:
        session.get_one(ServiceRow, PANTRY).visibility = how.value
    text = everything(api) + api.send("/services?search=pantry").text
    assert PANTRY not in text
    api.problem(f"/services/{PANTRY}", 404)


@pytest.mark.parametrize("how", [Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD])
def test_what_stands_in_for_a_missing_organization_is_public_with_its_service(instance, app, how):
    name = "Aunt Jo's House"
    with instance.store.write() as session:
        session.add(ServiceRow(id=str(UUID(int=7)), name=name, visibility=how.value))
    instance.index.sync()
    assert (name in everything(ApiClient(app))) == (how is Visibility.PUBLIC)
