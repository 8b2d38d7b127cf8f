"""What was said of a unit counts for its time, and the last that was said of it."""

from datetime import UTC, datetime, timedelta

from referral.records.current_capacity import current_capacities, has_room
from referral.records.hsds import ServiceCapacity

NOW = datetime(2026, 11, 27, 17, tzinfo=UTC)


def held(*said):
    capacities = [
        ServiceCapacity(
            id=str(at), service_id="s", unit=unit, available=available,
            updated=(NOW + timedelta(seconds=seconds)).isoformat(),
        )
        for at, (unit, available, seconds) in enumerate(said)
    ]  # fmt: skip
    return current_capacities(capacities, NOW, "America/New_York")


def test_a_number_holds_for_its_time_and_a_clock_may_be_five_minutes_ahead():
    for seconds, is_held in ((-86_400, False), (-86_399, True), (300, True), (301, False)):
        assert bool(held(("Beds", 3.0, seconds))) is is_held
    assert not held(("Beds", None, 0))


def test_of_each_unit_the_last_number_counts():
    found = held(("Beds", 3.0, -60), (" beds ", 1.0, -60), ("Beds", 2.0, -90), ("Cots", 0.0, 0))
    assert [(each.unit, each.available) for each in found] == [("beds", 1), ("Cots", 0)]
    assert has_room(found)
    assert not has_room(held(("Cots", 0.0, 0)))
