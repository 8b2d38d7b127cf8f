"""What was said besides the need: its words, and the lines below what fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask_babel import gettext

from referral.directory.view_models import ServiceCard
from referral.records.conditions import NO_ID, NO_REFERRAL
from referral.records.schedules.recurrence import DAYS
from referral.search.query import Fit, Preference, PreferenceKind
from referral.web.filter_labels import filter_label
from referral.web.i18n.catalogues import page_locale


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGroup:
    """Cards that fit alike, and a line that says how; "" for those that fit."""

    line: str
    cards: tuple[ServiceCard, ...]


def preference_label(preference: Preference, names: Mapping[str, str]) -> str:
    """What a chip says: ``Open tonight``, ``Age 80``, ``Spanish``."""
    values = preference.values
    if preference.kind is PreferenceKind.OPEN_NOW:
        return str(gettext("Open tonight") if values == ("tonight",) else gettext("Open now"))
    if preference.kind is PreferenceKind.DAY:
        names_of_days = page_locale().days["format"]["wide"]
        return ", ".join(str(names_of_days[DAYS.index(value)]) for value in values)
    if preference.kind in {PreferenceKind.PEOPLE, PreferenceKind.PAPERS}:
        labels = _condition_labels()
        return ", ".join(labels[value] for value in values)
    if set(values) == {"free", "low-cost"}:
        return str(gettext("Free or low cost"))
    is_years = preference.kind is PreferenceKind.AGE and values[0].isdecimal()
    is_language = preference.kind is PreferenceKind.LANGUAGE
    name = "language" if is_language else "age" if is_years else ""
    return ", ".join(filter_label(name, value, names) for value in values)


def _condition_labels() -> Mapping[str, str]:
    return {
        "men": gettext("For men"),
        "women": gettext("For women"),
        "families": gettext("For families"),
        "couples": gettext("For couples"),
        NO_ID: gettext("Without ID"),
        NO_REFERRAL: gettext("Without a referral"),
    }


def groups_by_fit(
    cards: Iterable[ServiceCard], preferences: Sequence[Preference], names: Mapping[str, str]
) -> tuple[CardGroup, ...]:
    """Cards that follow each other and fit alike, with the line that is above them.

    Args:
        names: of the filters' values, as of ``value_labels``.
    """
    runs = [(fit, tuple(run)) for fit, run in groupby(cards, key=lambda card: card.fit)]
    return tuple(
        CardGroup(line=_line(fit, preferences, names) if preferences else "", cards=run)
        for fit, run in runs
    )


def _line(fit: Fit, preferences: Sequence[Preference], names: Mapping[str, str]) -> str:
    if fit is Fit.WEAK:
        return str(gettext("These are less close to what you asked for:"))
    if fit is Fit.UNKNOWN:
        doubted = [preference for preference in preferences if preference.unknown]
        if len(doubted) == 1:
            return _unknown_line(doubted[0], names)
        return str(gettext("We do not know if these fit all of your choices:"))
    if fit is Fit.MISFIT:
        doubted = [preference for preference in preferences if preference.misfits]
        if len(doubted) == 1:
            return _misfit_line(doubted[0], names)
        return str(gettext("These may not fit all of your choices:"))
    return ""


def _unknown_line(preference: Preference, names: Mapping[str, str]) -> str:
    choice = preference_label(preference, names)
    lines = {
        PreferenceKind.OPEN_NOW: gettext("We do not know the hours of these:"),
        PreferenceKind.DAY: gettext("We do not know on which days these are open:"),
        PreferenceKind.LANGUAGE: gettext(
            "We do not know if these speak %(choice)s:", choice=choice
        ),
        PreferenceKind.COST: gettext("We do not know what these cost:"),
    }
    other = gettext("We do not know if this is true of these: %(choice)s", choice=choice)
    return str(lines.get(preference.kind, other))


def _misfit_line(preference: Preference, names: Mapping[str, str]) -> str:
    choice = preference_label(preference, names)
    lines = {
        PreferenceKind.OPEN_NOW: gettext("These may be closed at that time:"),
        PreferenceKind.DAY: gettext("These may be closed on that day:"),
        PreferenceKind.AGE: gettext("These may not be for this age:"),
        PreferenceKind.LANGUAGE: gettext("These may not speak %(choice)s:", choice=choice),
        PreferenceKind.COST: gettext("These may cost money:"),
    }
    other = gettext("This may not be true of these: %(choice)s", choice=choice)
    return str(lines.get(preference.kind, other))
