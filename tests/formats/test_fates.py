"""What becomes of each cell is noted by whoever reads it; what nobody noted was not read."""

from referral.formats.column_mapping import ColumnMapping, ColumnRule, SheetMapping
from referral.formats.provider_list import open_list

TABLES = {
    "organizations.csv": "id,name,url\no1,Hope,https://hope.example\n",
    "services.csv": "id,organization_id,name,service_status,color\n"
    "s1,o1,Pantry,4,red\ns2,o1,,,red\n",
    "phones.csv": "id,number,type\np1,814-555-0101,voice\np2,,\n",
    "service_phones.csv": "id,service_id,phone_id,made_on\n1,s1,p1,May\n2,s1,p9,May\n",
    "eligibility.csv": "id,service_id,eligibility\n1,s1,Adults\n2,s9,Adults\n",
}

MAPPING = ColumnMapping(
    sheets=(
        SheetMapping(
            row="service",
            columns=(
                ColumnRule(column="Organization", target="organization.name"),
                ColumnRule(column="Service", target="service.name"),
                ColumnRule(column="Phone", target="phone.number"),
                ColumnRule(column="Monday", target="schedule.day", marks="Monday"),
                ColumnRule(column="Spanish", target="language.name", marks="Spanish"),
                ColumnRule(column="Veterans", target="service.population", marks="Veterans"),
            ),
        ),
    )
)


def fates(path, mapping=None):
    """Read a list; give (kept, put aside, refused, not read) by column, with what was filled."""
    opened = open_list(path, mapping=mapping)
    list(opened.read("county"))
    return {
        (column.file, column.header): (column.kept, column.aside, column.refused, column.unread)
        for column in opened.columns
    }


def test_cells_of_tables_are_counted_where_they_end(folder):
    found = fates(folder(TABLES))
    assert found["organizations.csv", "url"] == (1, 0, 0, 0)
    assert found["services.csv", "id"] == (1, 0, 1, 0)  # the second has no name
    assert found["services.csv", "color"] == (0, 1, 1, 0)
    assert found["services.csv", "service_status"] == (0, 1, 0, 0)
    assert found["phones.csv", "number"] == (1, 0, 0, 0)
    assert found["phones.csv", "id"] == (1, 0, 0, 1)  # a row without a number is left out
    assert found["service_phones.csv", "phone_id"] == (1, 0, 0, 1)  # a phone that there is not
    assert found["service_phones.csv", "made_on"] == (0, 0, 0, 2)
    assert found["eligibility.csv", "eligibility"] == (1, 0, 0, 1)


def test_cells_of_a_sheet_are_counted_where_they_end(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "Organization,Service,Phone,Monday,Spanish,Veterans,Color\n"
        "Hope,Pantry,814-555-0101,9am-5pm,no,perhaps,red\n"
        "Hope,Pantry,814-555-0102,9am-5pm,yes,no,blue\n"
        "Hope,Pantry,814-555-0103,9am-5pm,no,perhaps,red\n"
        ",,814-555-0104,9am-5pm,,,red\n"
        "Total: 3,,,,,,\n",
        encoding="utf-8",
    )
    found = {header: counts for (_, header), counts in fates(path, MAPPING).items()}
    # The third row is of the service of the first, which has its color; the last is a total.
    assert found["Organization"] == (3, 0, 0, 1)
    assert found["Phone"] == (3, 0, 1, 0)
    assert found["Monday"] == (3, 0, 1, 0)
    assert found["Spanish"] == (3, 0, 0, 0)
    assert found["Veterans"] == (1, 1, 0, 1)
    assert found["Color"] == (0, 2, 1, 1)
