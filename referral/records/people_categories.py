"""Detection of list categories that name a group of people ("Seniors (55+)"), not a kind of help.

A food pantry in the category "Pregnant Women" does not provide care in pregnancy.
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
_QUALIFIERS = """
all any at based below community communities expecting frail general gender homebound income low
married middle minority moderate old poor pregnant risk rural single special specific underserved
unemployed uninsured urban vulnerable with working years school high elementary college preschool
"""
_NATIONALITIES = """
african alaska alaskan american americans arab asian black cambodian canadian central caribbean
chinese colombian cuban ethiopian filipino french german greek haitian hispanic hmong honduran
indian indigenous indonesian irish islander italian japanese jewish korean laotian latina latino
latinos latinx mexican middle eastern muslim native nicaraguan pacific polish portuguese puerto
rican russian salvadoran samoan somali south southeast spanish english thai tribal vietnamese white
"""
_SPANISH_PEOPLE = """
adolescentes adultos adultas ancianos bebés comunidad embarazadas familias hombres infantes jóvenes
madres mayores mujeres niñas niños padres personas
"""
_JOINING_WORDS = "and or of the in for to y o de con"
_PEOPLE_WORDS = frozenset(f"{_PEOPLE} {_SPANISH_PEOPLE} latinx latino hispanic pregnant".split())
_NATIONALITY_WORDS = frozenset(_NATIONALITIES.split())
_WORDS = frozenset(f"{_QUALIFIERS} {_JOINING_WORDS}".split()) | _PEOPLE_WORDS | _NATIONALITY_WORDS
_WORD = re.compile(r"[^\W\d_]+")


@cache
def names_only_people(category: str) -> bool:
    """Return whether the name of a category is only a group of people, without a kind of help."""
    words = set(_WORD.findall(category.lower().replace("'s", "").replace("’s", "")))
    if not words <= _WORDS:
        return False
    if words.isdisjoint({"community", "communities"}) or words.isdisjoint(_NATIONALITY_WORDS):
        return not words.isdisjoint(_PEOPLE_WORDS) or {"low", "income"} <= words
    return True
