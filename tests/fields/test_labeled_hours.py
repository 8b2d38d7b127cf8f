"""Hours with labels and remarks: read where sure, else left as words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.labeled_hours import possible_weekdays, read_hours_text


def _rules(text):
    return [
        f"{part.byday} {part.opens_at}-{part.closes_at}" for part in read_hours_text(text).parts
    ]


WEEKDAYS = "MO,TU,WE,TH,FR"


@pytest.mark.parametrize(
    ("text", "rules", "label", "rest"),
    [
        ("Office: Mon-Fri 9-5", [f"{WEEKDAYS} 09:00-17:00"], "Office", ""),
        ("Intake hours: Tue 1-4", ["TU 13:00-16:00"], "Intake", ""),
        ("Monday-Friday, 9-5 (Office)", [f"{WEEKDAYS} 09:00-17:00"], "Office", ""),
        ("Thrift Shop; Mon-Fri 10-5", [f"{WEEKDAYS} 10:00-17:00"], "Thrift Shop", ""),
        ("Office hours: Mon-Fri 9-5 (closed on federal holidays)",
         [f"{WEEKDAYS} 09:00-17:00"], "Office", ""),
        # Where people are served, not where the office is.
        ("Office: Mon-Fri 9-5; Pantry: Tue 10-12", ["TU 10:00-12:00"], "Pantry",
         "Office: Mon-Fri 9-5"),
        # The hours of the whole, and of a part of it.
        ("Mon-Fri 9-5; Childcare: Mon-Fri 8-6", [f"{WEEKDAYS} 09:00-17:00"], "",
         "Childcare: Mon-Fri 8-6"),
        ("Mon-Fri 9-5; Saturday by appointment", [f"{WEEKDAYS} 09:00-17:00"], "",
         "Saturday by appointment"),
        ("Mon-Fri, 9-12; 1-4", [f"{WEEKDAYS} 09:00-12:00", f"{WEEKDAYS} 13:00-16:00"], "", ""),
    ],
)  # fmt: skip
def test_what_is_sure_is_read(text, rules, label, rest):
    read = read_hours_text(text)
    assert _rules(text) == rules
    assert (read.label, read.rest) == (label, rest)


@pytest.mark.parametrize(
    "text",
    [
        "Meals: Thu 3-4; Showers: Sat 9:30-2:30",  # which of the two is meant
        "Office: Mon-Fri 9-5; Helpline: 24 hours",
        "Office: Mon-Fri 9-5; Resident care: 24/7",
        "24-hour answering machine",
        "Call for information; Intake: Tue 1-4",
        "Mon-Fri 9-5. Closed Monday, 12-1.",  # takes away from what was read
        "Mon-Fri 9-5; summer: Mon-Fri 10-3",
        "Mon-Fri 9-5; hours vary by site",
        "Drop-in hours: Mon-Fri 9:30am-11:30am; 1:00am-3:00pm",  # a slip
        "Mon-Fri 8-8",
    ],
)
def test_what_is_in_doubt_stays_as_it_is(text):
    read = read_hours_text(text)
    assert (read.parts, read.rest) == ((), text)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Saturday by appointment", {5}),
        ("Tuesday - Thursday 12:00PM", {1, 2, 3}),
        ("First Saturday, weekdays by request", {0, 1, 2, 3, 4, 5}),
        ("Closed on federal holidays; sábado y domingo con cita", {5, 6}),
        ("Evenings by appointment", set(range(7))),
        ("2pm to 3pm", set(range(7))),
        ("Closed Sunday", set()),
        ("Call for information", set()),
    ],
)
def test_days_that_words_name(text, days):
    assert possible_weekdays(text) == days


_LABELS = ("Office", "Pantry", "Intake", "Clinic hours", "Child Care")
_DAYS = ("Mon", "Tue-Thu", "Sat")
_TIMES = ("9-5", "10am-2pm", "1-4", "8:30 a.m. to noon", "by appointment", "8-8", "call")


@given(
    st.lists(
        st.tuples(st.sampled_from(_LABELS), st.sampled_from(_DAYS), st.sampled_from(_TIMES)),
        min_size=1,
        max_size=4,
    )
)
def test_nothing_of_a_text_is_lost(clauses):
    """What is not read is in the rest, and no rule has days or times that no clause has."""
    given_texts = [f"{label}: {days} {times}" for label, days, times in clauses]
    read = read_hours_text("; ".join(given_texts))
    if read.parts:
        label = read.label.casefold()
        others = [text for text in given_texts if not text.casefold().startswith(label)]
        assert all(text in read.rest for text in others)
        named = set().union(*(possible_weekdays(text) for text in given_texts))
        days = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
        told = {days.index(day) for part in read.parts for day in part.byday.split(",")}
        assert told <= named
    else:
        assert read.rest == "; ".join(given_texts)
