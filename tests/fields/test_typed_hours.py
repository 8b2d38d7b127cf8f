"""Hours as staff type them: each clause is read right, or it is said why not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.hours_parser import HoursPart
from referral.fields.seasons import Season, find_season, gaps_between, spell_season
from referral.fields.typed_hours import read_typed_hours
from referral.fields.unread_hours import why_unread

TODAY = date(2026, 11, 27)
WORKDAYS = "MO,TU,WE,TH,FR"
SUMMER = "2027-06-01/2027-08-31"


def said(part: HoursPart) -> str:
    """``MO 09:00-17:00 2027-06-01/2027-08-31 closed on holidays``."""
    times = "closed" if part.closed else f"{part.opens_at}-{part.closes_at}".strip("-")
    ends = [day.isoformat() if day else "" for day in (part.valid_from, part.valid_to)]
    return " ".join(filter(None, (part.byday, times, "/".join(ends).strip("/"), part.notes)))


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("Thursdays 5-7pm except holidays", ["TH 17:00-19:00 closed on holidays"]),
        ("Mon-Fri 9-5 (closed federal holidays)", [f"{WORKDAYS} 09:00-17:00 closed on holidays"]),
        ("Mon 9-5; Sat 10-2; closed most major holidays",
         ["MO 09:00-17:00 closed on most holidays", "SA 10:00-14:00 closed on most holidays"]),
        ("Mon-Fri 9-5; Sat by appointment", [f"{WORKDAYS} 09:00-17:00", "SA by appointment"]),
        ("Mon-Fri 9-5, Sat by appointment only", [f"{WORKDAYS} 09:00-17:00", "SA by appointment"]),
        # Nobody who comes without one is told that it is open.
        ("Sat 9-12 by appointment", ["SA 9 am-12 pm by appointment"]),
        ("Last Saturday 9-11am", ["-1SA 09:00-11:00"]),
        ("June to August", [SUMMER]),
        ("June-August: Mon-Thu 9-3", [f"MO,TU,WE,TH 09:00-15:00 {SUMMER}"]),
        ("Mon 9-5, Sat 10-2; June 1 to Aug. 31",
         [f"MO 09:00-17:00 {SUMMER}", f"SA 10:00-14:00 {SUMMER}"]),
        ("Sat 10-2 June to August; Mon 9-5", [f"SA 10:00-14:00 {SUMMER}", "MO 09:00-17:00"]),
        # A season takes the place of the hours of the year.
        ("Mon-Fri 9-5; June to August: Mon-Thu 9-3, Fri closed",
         [f"{WORKDAYS} 09:00-17:00 2027-05-31", f"{WORKDAYS} 09:00-17:00 2027-09-01",
          f"MO,TU,WE,TH 09:00-15:00 {SUMMER}", f"FR closed {SUMMER}"]),
        ("November 1 - March 31: daily 7pm-7am",
         ["MO,TU,WE,TH,FR,SA,SU 19:00-07:00 2026-11-01/2027-03-31"]),
        ("Mon 9-5 until May 31, 2028", ["MO 09:00-17:00 2028-05-31"]),
        ("Mon 9-5 from September 1", ["MO 09:00-17:00 2026-09-01"]),
        ("lunes a viernes 9-5", [f"{WORKDAYS} 09:00-17:00"]),
        ("sábados 10 a 2", ["SA 10:00-14:00"]),
        ("entre semana de 9 de la mañana a 5 de la tarde, excepto días feriados",
         [f"{WORKDAYS} 09:00-17:00 closed on holidays"]),
        ("lunes a viernes 9-5; sábados con cita", [f"{WORKDAYS} 09:00-17:00", "SA by appointment"]),
        ("del 1 de junio al 31 de agosto: lunes 9-3", [f"MO 09:00-15:00 {SUMMER}"]),
        ("último sábado del mes de 9 a 11 de la mañana", ["-1SA 09:00-11:00"]),
    ],
)  # fmt: skip
def test_what_staff_type_is_read(text, rules):
    read = read_typed_hours(text, TODAY)
    assert read.is_whole, read
    assert sorted(f"{said(part)}".replace("//", "/") for part in read.parts) == sorted(rules)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Last Saturday 9-11", "Is “9-11” morning or evening?"),
        ("Mon 5pm-5pm", "Does “5pm-5pm” end before it begins?"),
        ("Wendesday 9-5", "Write it as “Wednesday”"),
        ("Every other Tuesday 9-5", "which weeks"),
        ("Summer: Mon 9-5", "Write the months"),
        ("Mon-Fri 9-5 except Wednesday", "Leave out the days"),
        ("T 9-5", "Tuesday or Thursday"),
        ("9-5", "Which days"),
        ("Mon-Fri", "What times"),
        ("Mon 6pm", "Until when"),
        ("Mon-Fri 9-5 (closed 12-1)", "before and after the break"),
        ("By appointment", "No days and times"),
        ("Mon 9-5 in the hall", "Write days first, then times"),
        ("Mon-Fri 9-5, Sat 10-2, by appointment", "No days and times"),  # which of the two?
    ],
)
def test_what_is_not_read_is_told_why(text, reason):
    read = read_typed_hours(text, TODAY)
    assert (read.parts, read.unread) == ((), (text,))
    assert reason in str(why_unread(text))


@pytest.mark.parametrize(
    "text",
    [
        "Mon-Fri 9-5; June to August: Mon-Thu 9-3",  # what of Friday in summer?
        "Mon 9-3 June to August; Mon 9-4 July",
        "June to August; Mon 9-5 in May",
    ],
)
def test_a_season_that_leaves_days_in_doubt_is_not_read(text):
    read = read_typed_hours(text, TODAY)
    assert read.in_doubt
    assert not read.parts
    assert not read.is_whole


def test_a_season_without_years_is_not_read_of_lists():
    assert not read_typed_hours("Mon 9-5 June to August").parts
    assert read_typed_hours("Mon 9-5, June 1, 2027 to August 31, 2027").is_whole


_DATES = st.dates(date(2020, 1, 1), date(2039, 12, 31))


@given(_DATES, _DATES)
def test_a_season_is_read_as_it_is_spelled(one, other):
    first, last = sorted((one, other))
    for ends in ((first, last), (first, None), (None, last)):
        found = find_season(spell_season(*ends).lower(), None)
        assert found is not None
        assert found.season == Season(*ends)


@given(st.lists(st.tuples(_DATES, _DATES).map(sorted), min_size=1, max_size=4), _DATES)
def test_each_day_is_in_a_season_or_in_a_gap(ends, day):
    def has(season):
        return (season.first or date.min) <= day <= (season.last or date.max)

    seasons = [Season(*each) for each in ends]
    assert any(map(has, seasons)) != any(map(has, gaps_between(seasons)))
