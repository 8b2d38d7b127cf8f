"""Places where people hide are told apart from those that only speak of them."""

import csv
from pathlib import Path

import pytest

from referral.records.shelter_detection import (
    agency_looks_like_survivor_shelter,
    looks_like_place_of_danger,
    looks_like_survivor_shelter,
    place_looks_like_survivor_shelter,
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
