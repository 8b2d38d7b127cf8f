"""A messy list as libraries receive it: two sheets, columns of X, several phones in a cell."""

import zipfile
from pathlib import Path

AGENCIES = (
    "Agency;Web;Director's cell\n"
    "Caf\xe9 Esperanza;www.example.org;814-555-0190\n"
    "Elm Street Church;;\n"
)
PROGRAMS = (
    "Agency;Program;Blurb;Ring;Where;Spanish;Veterans;Hot meals;Groceries;Diapers;Mon;Tue;Times;"
    "Private?;Paid dues\n"
    'Caf\xe9 Esperanza;Noon table;"Soup and bread for all.\nNo papers asked.";'
    '"814-555-0101; 814-555-0102 (nights)\nfax 814-555-0103";"12 Main St\nMeadville, PA 16335";'
    "X;x;X;;;X;X;11am-1pm;no;Yes\n"
    'Caf\xe9 Esperanza;Shelf;"Rice, beans and tins.";814-555-0104;"9 Oak Ave, Titusville, PA 16354";'
    "X;;;X;X;;X;9am-noon;no;No\n"
    'Elm Street Church;Clothes room;"Coats and shoes, free.";814-555-0105;'
    '"3 Elm St, Meadville, PA 16335";;;;;X;X;;10am-2pm;no;Yes\n'
    'Elm Street Church;Quiet beds;"Beds for two nights.";814-555-0106;'
    '"5 Hidden Way, Meadville, PA 16335";;;;;;X;X;;YES;No\n'
)


def messy_list(folder: Path, name: str = "help.zip", programs: str = PROGRAMS) -> Path:
    """Write the messy list as a zip file of two CSV files in Windows-1252."""
    path = folder / name
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("Agencies.csv", AGENCIES.encode("cp1252"))
        packed.writestr("Programs.csv", programs.encode("cp1252"))
    return path
