"""Categories that a list names only by their code: kept, and said in one line."""

import pytest

from referral.records.classification import TaxonomyTerm, reads_as_words
from tests.formats.conftest import SOURCE, read_list
from tests.support.county_lists import CODES_PER_SERVICE, hsds1_county, ohana_county

SERVICES = 40


@pytest.mark.parametrize("make", [ohana_county, hsds1_county])
def test_every_category_of_every_service_arrives(tmp_path, make):
    outcome = read_list(make(tmp_path / "county", SERVICES))
    terms = {term.id: term for term in outcome.records("taxonomy_term")}
    links = outcome.records("attribute")
    assert len(links) == SERVICES * CODES_PER_SERVICE
    assert {link.taxonomy_term_id for link in links} == set(terms)
    assert all(term.name == term.code and term.is_code_only for term in terms.values())
    assert not [row for row in outcome.refused if row.kind == "attribute"]
    [problem] = [each for each in outcome.problems if each.code == "categories-without-names"]
    assert f"only by their code: {len(terms)}." in problem.detail


@pytest.mark.parametrize("make", [ohana_county, hsds1_county])
def test_a_second_reading_finds_the_same_terms(tmp_path, make):
    path = make(tmp_path / "county", SERVICES)
    assert read_list(path).ids == read_list(path).ids


def test_a_code_stands_in_the_taxonomy_that_its_form_or_the_list_tells(folder):
    files = {
        "organizations.csv": "id,name,url\no1,Hope,\n",
        "services.csv": "id,organization_id,name,taxonomy_ids\n"
        's1,o1,Food pantry,"BD-1800.2000,x7,t1"\n',
        "taxonomy.csv": "id,name,parent_id,vocabulary\nt1,Food,,Needs\n",
    }
    terms = {term.name: term.taxonomy for term in read_list(folder(files)).records("taxonomy_term")}
    assert terms == {
        "Food": "Needs",
        "BD-1800.2000": "2-1-1 taxonomy: the codes in this list",
        "x7": "Needs",
    }
    del files["taxonomy.csv"]
    (folder(files) / "taxonomy.csv").unlink()
    taxonomies = read_list(folder(files)).records("taxonomy")
    assert f"Categories of {SOURCE}" in {each.name for each in taxonomies}


def test_the_codes_of_open_eligibility_stay_its_codes(tmp_path):
    """The shipped rules place them under headings; there are none for other local codes."""
    path = ohana_county(tmp_path / "county", 3, code=lambda n: f"{101 + n}-05")
    assert {t.taxonomy for t in read_list(path).records("taxonomy_term")} == {
        "Open Eligibility (Ohana)"
    }


def test_what_no_service_has_makes_no_term(folder):
    files = {
        "organizations.csv": "id,name,url\no1,Hope,\n",
        "services.csv": "id,organization_id,name\ns1,o1,Food pantry\n",
        "services_taxonomy.csv": "id,service_id,taxonomy_id\n1,gone,BD-1800\n2,s1,HD-6000\n",
    }
    outcome = read_list(folder(files))
    assert outcome.one("taxonomy_term").code == "HD-6000"
    assert [row.kind for row in outcome.refused] == ["attribute"]


def test_codes_in_a_spreadsheet_are_codes(folder):
    sheet = "Agency,Program,Description,Category\nHope,Pantry,Food for a week,BD-1800.2000\n"
    outcome = read_list(folder({"list.csv": f"{sheet}Hope,Legal help,Papers,Legal aid\n"}))
    codes = {term.name: term.code for term in outcome.records("taxonomy_term")}
    assert codes == {"BD-1800.2000": "BD-1800.2000", "Legal aid": ""}
    assert outcome.codes["categories-without-names"] == 1


@pytest.mark.parametrize(
    ("code", "is_readable"),
    [
        ("Food pantries", True),
        ("food-pantries", True),
        ("Meals for 2", True),
        ("BD-1800.2000", False),
        ("101-05", False),
        ("recXyZqWabc", False),
        ("BD", False),
    ],
)
def test_a_code_that_reads_as_words_is_a_name(code, is_readable):
    assert reads_as_words(code) is is_readable
    assert TaxonomyTerm(id="t", name=code, code=code).is_code_only is not is_readable
    assert not TaxonomyTerm(id="t", name=code).is_code_only
