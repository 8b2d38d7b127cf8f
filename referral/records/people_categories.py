"""Categories of lists that name a group of people ("Seniors (55+)"), and no kind of help.

They say who may come. A food pantry in the category "Pregnant Women" gives no care in pregnancy.
"""

from __future__ import annotations

import re
from functools import cache

_PEOPLE = """
adolescent adolescents adult adults aged ages babies baby boys child children couples elder
elderly elders families family fathers females girls grandparents individual individuals infant
infants kids males men mothers newborns older parents people person persons population populations
residents senior seniors students teen teenage teenagers teens toddlers widows women workers young
younger youth
"""
_OF_WHICH_KIND = """
all any at based below community communities expecting frail general gender homebound income low
married middle minority moderate old poor pregnant risk rural single special specific underserved
unemployed uninsured urban vulnerable with working years school high elementary college preschool
"""
_PEOPLES = """
african alaska alaskan american americans arab asian black cambodian canadian central caribbean
chinese colombian cuban ethiopian filipino french german greek haitian hispanic hmong honduran
indian indigenous indonesian irish islander italian japanese jewish korean laotian latina latino
latinos latinx mexican middle eastern muslim native nicaraguan pacific polish portuguese puerto
rican russian salvadoran samoan somali south southeast spanish english thai tribal vietnamese white
"""
_IN_SPANISH = """
adolescentes adultos adultas ancianos bebés comunidad embarazadas familias hombres infantes jóvenes
madres mayores mujeres niñas niños padres personas
"""
_JOINING = "and or of the in for to y o de con"
_NAMES_PEOPLE = frozenset(f"{_PEOPLE} {_IN_SPANISH} latinx latino hispanic pregnant".split())
_NAMES_A_PEOPLE = frozenset(_PEOPLES.split())
_WORDS = frozenset(f"{_OF_WHICH_KIND} {_JOINING}".split()) | _NAMES_PEOPLE | _NAMES_A_PEOPLE
_LETTERS = re.compile(r"[^\W\d_]+")


@cache
def names_only_people(category: str) -> bool:
    """Whether the name of a category says for whom something is, and nothing of what it is."""
    words = set(_LETTERS.findall(category.lower().replace("'s", "").replace("’s", "")))
    if not words <= _WORDS:
        return False
    if words.isdisjoint({"community", "communities"}) or words.isdisjoint(_NAMES_A_PEOPLE):
        return not words.isdisjoint(_NAMES_PEOPLE) or {"low", "income"} <= words
    return True
