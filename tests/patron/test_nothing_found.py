"""Ways on where nothing, or little, is found though it is known what is needed."""

from referral.imports.seed_lists import load_base
from referral.records.hsds import Location
from tests.app.test_pages import text_of
from tests.support.databases import database_filled
from tests.support.inspector import soup_of

directory_url = database_filled(load_base)


def test_a_need_that_the_list_has_nothing_for_leads_to_a_person(client, instance):
    """Other spellings and single words of an understood question lead nowhere."""
    instance.index.sync()
    response = client.get("/search?q=me+duele+una+muela")
    soup = soup_of(response)
    assert "Our list has no place for this." in text_of(response)
    assert not [way for way in soup.select("a.way") if "Only" in way.get_text()]
    assert "Did you mean" not in text_of(response)
    assert soup.select_one('.nothing a[href="tel:211"]')
    assert "No place has all of your words" not in text_of(response)


def test_what_nobody_offers_finds_what_is_under_the_topic_above_it(client, instance):
    instance.index.sync()
    page = client.get("/search?q=sober+living")
    said = "We found no place for “Sober homes” here. These are for “Alcohol and drug help”."
    assert said in text_of(page)
    assert soup_of(page).select_one(".result-name")
    hidden = client.get("/search?q=sober+living&heading=volunteers")
    assert "These are for" not in text_of(hidden), "filters hid them"


def test_few_results_lead_to_the_topic_above_theirs(client, instance):
    instance.index.sync()
    soup = soup_of(client.get("/search?q=lgbtq+youth"))
    assert [" ".join(way.get_text().split()) for way in soup.select("a.way")] == [
        "LGBTQ+ people 2 places"
    ]
    assert not soup_of(client.get("/search?q=i+am+trans+and+want+to+die")).select("a.way")


def test_a_place_named_by_its_address_is_not_said_to_have_none(app):
    facts = app.jinja_env.get_template("macros/facts.html").module
    assert facts.is_street_name(Location(id="a", name="601 E Street NW Washington, DC 20004"))
    assert not facts.is_street_name(Location(id="b", name="Town Hall"))
    assert not facts.is_street_name(Location(id="c"))
