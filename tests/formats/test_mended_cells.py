"""Mojibake in a list: mended before anything is read, and counted."""

import pytest

from referral.formats.provider_list import open_list
from tests.formats.conftest import read_list

FILES = {
    "organizations.csv": "id,name,url\no1,Children\u0393\u00c7\u00d6s Aid,\no2,Caf\u00e9 Hope,\n",
    "services.csv": "id,organization_id,name,description\n"
    "s1,o1,Food,You\u00e2\u20ac\u2122re fine\ns2,o2,Help,Ni\u00f1os\n",
}


def test_broken_letters_are_mended_and_counted_by_file(folder):
    opened = open_list(folder(FILES))
    found = [(n.file, n.line) for n in opened.notices if n.code == "letters-mended"]
    assert sorted(found) == [("organizations.csv", 2), ("services.csv", 2)]
    outcome = read_list(folder(FILES))
    assert [each.name for each in outcome.records("organization")] == [
        "Children\u2019s Aid",
        "Caf\u00e9 Hope",
    ]
    assert [each.description for each in outcome.records("service")] == [
        "You\u2019re fine",
        "Ni\u00f1os",
    ]


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("\xa5\xac\x05\xf8", "\xa5\xbf"),  # a control character between the two
        ("ni\xc3\u200b\xb1os", "ni\xf1os"),
        ("niA\u0303\xb1os", "ni\xf1os"),  # a letter and its accent apart
        ("ni\xc3\u0192\u200b\xc2\xb1os", "ni\xf1os"),  # broken twice
        ("\u200bNi\xf1os", "Ni\xf1os"),
    ],
)
def test_what_is_read_is_read_the_same_again(folder, broken, right):
    """An export of what was read would come back as something else."""
    for said in (broken, right):
        services = f"id,organization_id,name,description\ns1,o1,Food,{said}\n"
        outcome = read_list(folder({**FILES, "services.csv": services}))
        assert [each.description for each in outcome.records("service")] == [right]
