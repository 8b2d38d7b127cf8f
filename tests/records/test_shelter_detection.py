"""Places where people hide are told apart from those that only speak of them."""

import csv
from pathlib import Path

import pytest

from referral.records.shelter_detection import (
    agency_looks_like_survivor_shelter,
    looks_like_place_of_danger,
    looks_like_survivor_shelter,
    place_looks_like_survivor_shelter,
    without_other_people,
)


@pytest.mark.parametrize(
    ("name", "description", "terms"),
    [
        ("Harbor House", "Safe house for women fleeing abuse.", ()),
        ("Women's Services", "Provides emergency shelter, a hotline, counseling and referrals for victims of domestic violence.", ()),
        ("Domestic Violence Shelter", "", ()),
        ("Casa Esperanza", "Refugio para mujeres maltratadas y sus hijos.", ()),
        ("Hogar Nuevo", "Vivienda de transición para sobrevivientes de trata de personas.", ()),
        ("Advocacy Program", "Offers safe shelter and support to victims of family violence.", ()),
        ("Youth Bridge", "Shelter beds for runaway youth aged 12 to 17.", ()),
        ("Alba Program", "A transitional home. Only for survivors of human trafficking.", ()),
        ("Residential Program", "Apartments for families.", ("Domestic Violence Shelters",)),
        ("Bridge Emergency Shelter", "", ("Survivors of Intimate Partner Violence",)),
        ("Transitional Housing", "Two years of rent support for survivors of domestic abuse.", ()),
        ("Hotline and Safe House", "Help around the clock for battered women.", ()),
        ("Refuge", "For those escaping an abusive partner.", ()),
        ("SHELTER FOR ABUSE ELDERLY AND NEGLECTED", "Headquarters services", ()),
        ("Women’s Refuge", "", ()),
        ("Alder House", "Emergency housing for people in violent relationships.", ()),
        ("Larch House", "A safe place to stay for anyone whose partner hurts them.", ()),
        ("Elm House", "Somewhere safe to sleep for people hurt by someone they love.", ()),
        ("Casa Sol", "Un lugar seguro para dormir si su pareja le golpea.", ()),
        ("Poplar Services", "Crisis housing for persons in fear of a former spouse.", ()),
        ("Rowan Services", "Emergency beds for people who got away from a husband.", ()),
        ("Hazel House", "Women whose husband beats them can live with us.", ()),
        ("Cedar Door", "Men whose wife hits them can sleep here with their children.", ()),
        ("Walnut Apartments", "Transitional apartments after sexual assault.", ()),
        ("Willow Apartments", "Temporary apartments for people whose partner was cruel.", ()),
        ("Aspen Program", "At a confidential location, for people leaving an abusive partner.", ()),
        ("Casa Nueva", "Albergue para familias que huyen del maltrato.", ()),
        ("Casa Luna", "Hospedaje para personas que tienen miedo de su novio.", ()),
        ("Casa Mar", "Alojamiento por golpes de su esposo.", ()),
        ("Spruce House", "For anyone beaten by the person they live with. Beds for families.", ()),
        ("Laurel Place", "One-year apartments after a controlling marriage.", ()),
        ("Ivy House", "A house for women whose boyfriend became violent.", ()),
        ("Fern Program", "Adults facing abuse from a partner can move in today.", ()),
        ("Casa Paz", "¿Le tiene miedo a su esposo? Hay un lugar donde dormir.", ()),
        ("Casa Rio", "Cuartos para personas que dejaron una relación violenta.", ()),
        ("Casa Flor", "Vivienda temporal después de la explotación sexual.", ()),
        ("Domestic Violence Shelter and Pet Haven", "", ()),
        ("Advocacy Program", "Offers safe shelter to victims of family violence. Classes each May.", ()),
        ("Advocacy Program", "The county offers safe shelter to victims of family violence.", ()),
        ("Pet Haven and Domestic Violence Shelter", "", ()),
    ],
)  # fmt: skip
def test_shelters_for_survivors(name, description, terms):
    assert looks_like_survivor_shelter(name, description, terms)


@pytest.mark.parametrize(
    ("name", "description", "terms"),
    [
        ("Domestic Violence Hotline", "Support and referral to domestic violence shelters.", ()),
        ("Crisis Line", "24-hour domestic violence hotline. Callers get safety planning and information about shelter.", ()),
        ("Healthy Relationships Class", "Six evenings about domestic violence and how to leave safely.", ()),
        ("Legal Advocacy", "Protection orders for victims of domestic violence. We help clients find shelter.", ()),
        ("Law Clinic", "Divorce lawyers for victims of domestic violence who live in a shelter.", ()),
        ("Animal Shelter", "Cats and dogs for adoption. We take in abused animals.", ()),
        ("City Night Shelter", "Beds for men. We also offer domestic violence referrals.", ()),
        ("City Night Shelter", "Case managers give referrals to health, legal and domestic violence programs.", ()),
        ("Shelter Placement", "Not for those seeking shelter due to domestic violence; call the domestic violence hotline.", ()),
        ("Food Pantry", "Groceries each Tuesday.", ("Emergency Food",)),
        ("Emergency Shelter", "Cots when it freezes.", ("Temporary Shelter",)),
        ("Counseling", "Therapy for survivors of sexual assault.", ("Survivors",)),
        ("Larch Classes", "Classes for men who hurt their partners, at a shelter.", ()),
        ("Calm Evenings", "A course for those who hurt somebody at home.", ()),
        ("Fire Station", "A safe place for people who use drugs. Survivors of overdose find help.", ()),
        ("Taller", "Para hombres que han usado violencia contra su pareja.", ()),
        ("Law Group", "Legal assistance regarding domestic violence, safe housing and health.", ()),
        ("Hospital Ward", "Beds for adults too ill or unsafe to be at home.", ()),
        ("Patient Lodge", "Lodging for parents whose child was hurt.", ()),
        ("Sober Home", "Housing units for women who mend relationships after drug abuse.", ()),
        ("Furniture Bank", "Gives beds, chairs and tables to families escaping domestic violence.", ()),
        ("Retreat", "A hotel stay for couples whose marriage was hurt by money troubles.", ()),
        ("Casa de Ancianos", "Vivienda para personas con miedo a perder su hogar.", ()),
        ("Safe Pets", "Shelter for pets of survivors of domestic violence.", ()),
        ("The Law Clinic", "Survivors of domestic violence in a shelter are welcome.", ()),
        ("Household Help", "Domestic help for families in shelters.", ()),
        ("Guest House", "A place to stay for families of patients hurt in accidents.", ()),
        ("Cancer Support", "Cancer survivors meet in a safe place to talk.", ()),
        ("Help Desk", "Referrals to domestic violence shelters, in person or by phone, for whoever asks at our desk on weekdays or writes to us from another county.", ()),
        ("Advocacy Program", "Offers classes to victims of family violence.", ()),
        ("Línea", "Información sobre trata de personas y refugios.", ()),
        ("", "", ()),
    ],
)  # fmt: skip
def test_others_are_left_alone(name, description, terms):
    assert not looks_like_survivor_shelter(name, description, terms)


@pytest.mark.parametrize(
    "description",
    [
        "Shelter for all who lost a home by eviction, fire or domestic violence.",
        "Transitional housing with job training, domestic violence assistance and meals.",
        "Shelter beds for runaway youth.",
        "A safe place to stay for homeless, abused, neglected and runaway youth.",
        "A residential program for men who hurt their partners.",
        "A house for men to stop abusing a wife.",
        "Shelter for cats beaten when a relationship ends.",
        "Foster homes: a safe place to live for victims of abuse or neglect.",
    ],
)
def test_shelters_for_everybody_and_for_children_are_none_for_survivors(description):
    assert looks_like_survivor_shelter("", description, ()), "their places are withheld"
    assert not looks_like_survivor_shelter("", without_other_people(description), ())


@pytest.mark.parametrize(
    "description",
    [
        "Shelter for women with disabilities who flee domestic violence.",
        "Gives mental health care, and a domestic violence shelter.",
        "Counseling, addiction support and shelter for victims of domestic violence.",
        "Emergency housing for abused and neglected seniors.",
        "Shelter for abused women and children.",
    ],
)
def test_shelters_for_survivors_may_name_other_troubles(description):
    assert looks_like_survivor_shelter("", without_other_people(description), ())


@pytest.mark.parametrize(
    "people",
    [
        "women fleeing abuse",
        "families who fled violence",
        "mujeres maltratadas",
        "personas abusadas",
        "battered women",
        "survivors",
        "abused women",
        "people escaping abuse",
        "runaways",
        "sobrevivientes",
    ],
)
def test_words_for_people_are_never_in_passing(people):
    assert looks_like_survivor_shelter("Alder", f"Our shelter is connected with {people}.", ())


@pytest.mark.parametrize(
    ("name", "agency_text", "is_shelter"),
    [
        ("Hope Shelter", "Food. Help for victims of domestic violence.", True),
        ("Main office", "Help for victims of domestic violence.", False),
        ("The Pet Shelter", "Help for victims of domestic violence.", False),
        ("Hope Shelter", "Food.", False),
    ],
)
def test_a_place_called_a_shelter_of_such_an_agency(name, agency_text, is_shelter):
    assert place_looks_like_survivor_shelter(name, [agency_text]) is is_shelter


@pytest.mark.parametrize(
    ("name", "speaks"),
    [("Hope Shelter", True), ("Domestic Violence Program", True), ("Main office", False)],
)
def test_a_name_speaks_of_a_shelter_or_of_what_people_flee_from(name, speaks):
    assert looks_like_place_of_danger(name) is speaks


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("Women's Shelter", "Help for survivors of domestic violence."),
        ("Domestic Violence Program", "Safehouses for families. Support groups."),
        ("Alder Group", "Runs safe housing for survivors of abuse. Gives classes."),
        ("SHELTER FOR ABUSE ELDERLY", ""),
        ("Domestic Violence Shelter and Pet Haven", ""),
        ("Pet Haven and Domestic Violence Shelter", ""),
    ],
)
def test_agencies_that_are_shelters(name, description):
    assert agency_looks_like_survivor_shelter(name, description)


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("Family Services", "Child care. We give shelter. Counseling after domestic violence."),
        ("Alder Legal Aid", "Lawyers for survivors of domestic violence who live in a shelter."),
        ("Animal Shelter", "Dogs and cats, also abused animals, and pets of survivors."),
        ("The Animal House", "Shelter for pets of survivors of domestic violence."),
        ("Helping Hands", "Emergency shelter in winter\nClasses on domestic violence"),
        ("Helping Hands", "Emergency shelter in winter •Classes on domestic violence"),
        ("City Shelter", "Case managers give referrals to domestic violence programs."),
        ("", ""),
    ],
)
def test_agencies_that_do_other_work_too(name, description):
    assert not agency_looks_like_survivor_shelter(name, description)


def test_a_real_directory(shared_data: Path):
    with (shared_data / "dc-directory/2021-export/services.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    fired = [
        row
        for row in rows
        if looks_like_survivor_shelter(row["service_name"], row["service_description"], ())
    ]
    assert len(fired) <= 30, "a rule that fires on much is not looked at"
    plainly = [
        row
        for row in rows
        if any(
            word in row["service_name"].lower()
            for word in ("shelter", "safehouse", "transitional housing")
        )
        and any(
            word in row["service_description"].lower()
            for word in ("survivors", "domestic violence shelter")
        )
    ]
    assert len(plainly) >= 3
    assert all(row in fired for row in plainly)
