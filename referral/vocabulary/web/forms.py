"""Forms of the vocabulary pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from referral.records.crisis import LONGEST_SET
from referral.vocabulary.taxonomies import LONGEST_NAME, LONGEST_NOTICE
from referral.vocabulary.thesaurus import LONGEST_PHRASE
from referral.vocabulary.topic_order import TopicLevel
from referral.vocabulary.topic_questions import LONGEST_QUESTIONS
from referral.vocabulary.web.labels import CRISIS_KIND_LABELS, LANGUAGE_LABELS, RULE_KIND_LABELS
from referral.web.forms import checkbox_group
from referral.web.translated_text import term_name

_FILL_IN = lazy_gettext("Please fill this in.")
_USE_SHORTER = lazy_gettext("Use a shorter text, please.")
_WEIGHTS = {
    "1": lazy_gettext("As much as the name of the topic"),
    "0.7": lazy_gettext("Less"),
    "0.5": lazy_gettext("Half as much"),
    "2": lazy_gettext("Twice as much"),
}


def choices_of(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Return the choices of a vocabulary form's field from pairs of value and label."""
    return [SelectChoice(value, words) for value, words in pairs]


class VocabularyForm(FlaskForm):
    """Base of the forms that change the vocabulary, such as thesaurus and crisis words.

    ``phrases`` are named by a refusal; ``asks`` if the user may confirm the change.
    """

    phrases: tuple[str, ...] = ()
    asks: bool = False


class WordForm(VocabularyForm):
    """Form for a thesaurus entry: a phrase and the topics that it means."""

    phrase = StringField(
        lazy_gettext("What people say"),
        validators=[InputRequired(_FILL_IN), Length(max=LONGEST_PHRASE, message=_USE_SHORTER)],
        description=lazy_gettext("As they say it. Case and endings do not matter."),
        render_kw={"autocomplete": "off", "maxlength": LONGEST_PHRASE},
    )
    language = SelectField(lazy_gettext("Language"), choices=choices_of(LANGUAGE_LABELS.items()))
    topics = checkbox_group(lazy_gettext("Topics meant"))
    term_search = StringField(
        lazy_gettext("Find topics to add"), render_kw={"autocomplete": "off", "maxlength": 100}
    )
    weight = SelectField(
        lazy_gettext("How much it counts"),
        choices=choices_of(_WEIGHTS.items()),
        validate_choice=False,
    )


class WordsFileForm(VocabularyForm):
    """Form to upload a file of thesaurus entries."""

    file = FileField(
        lazy_gettext("The file"),
        validators=[FileRequired(lazy_gettext("Choose a file, please."))],
        description=lazy_gettext(
            "CSV with phrase, language, terms (codes separated by |) and weight."
        ),
    )
    removes_others = BooleanField(
        lazy_gettext("Take away what is not in the file"),
        description=lazy_gettext("Only if the file is whole. You can take it back in one go."),
    )


class CrisisForm(VocabularyForm):
    """Form for a row of the crisis words."""

    kind = SelectField(lazy_gettext("What it does"), choices=choices_of(CRISIS_KIND_LABELS.items()))
    words = TextAreaField(
        lazy_gettext("Words"),
        validators=[InputRequired(_FILL_IN), Length(max=LONGEST_SET, message=_USE_SHORTER)],
        description=lazy_gettext("A phrase in small letters. The marks below make it cover more."),
        render_kw={"rows": 3, "spellcheck": "false"},
    )
    first = SelectField(lazy_gettext("Help line to show first"), choices=[], validate_choice=False)
    lines = checkbox_group(lazy_gettext("Other help lines, below it"))
    note = StringField(
        lazy_gettext("Note for colleagues"), validators=[Length(max=300, message=_USE_SHORTER)]
    )
    confirmed = BooleanField(lazy_gettext("Yes, save it all the same"))


class RemoveForm(VocabularyForm):
    """Form with only a button to delete a row of the vocabulary.

    Errors of ``reason`` show why the row cannot be deleted.
    """

    reason = HiddenField()


class TryForm(FlaskForm):
    """Form to try which help lines the crisis words in a text trigger. The text is not stored."""

    text = StringField(
        lazy_gettext("Try words"),
        validators=[InputRequired(_FILL_IN)],
        description=lazy_gettext("See which help line they raise. They are not kept."),
        render_kw={"autocomplete": "off", "maxlength": 200},
    )


def _heading_field(label: Any, is_needed: bool, most: int, lang: str) -> StringField:
    required = [InputRequired(_FILL_IN)] if is_needed else []
    return StringField(
        label,
        validators=[*required, Length(max=most, message=_USE_SHORTER)],
        render_kw={"autocomplete": "off", "maxlength": most, "lang": lang},
    )


class HeadingForm(VocabularyForm):
    """Form for the names, examples and position of a heading."""

    name = _heading_field(lazy_gettext("Name in English"), True, 60, "en")
    plain_words = _heading_field(lazy_gettext("Examples in English"), False, 200, "en")
    name_es = _heading_field(lazy_gettext("Name in Spanish"), True, 60, "es")
    plain_words_es = _heading_field(lazy_gettext("Examples in Spanish"), False, 200, "es")
    sort = IntegerField(
        lazy_gettext("Place in the list"),
        validators=[
            InputRequired(_FILL_IN),
            NumberRange(0, 1000, lazy_gettext("Give a number from 0 to 1000.")),
        ],
        description=lazy_gettext("Smaller numbers come first."),
    )


class RuleForm(VocabularyForm):
    """Form for a crosswalk rule, which files services under a heading."""

    kind = SelectField(
        lazy_gettext("What to look at"),
        choices=choices_of((kind.value, words) for kind, words in RULE_KIND_LABELS.items()),
    )
    value = StringField(
        lazy_gettext("Code or words"),
        validators=[InputRequired(_FILL_IN), Length(max=200, message=_USE_SHORTER)],
        render_kw={"autocomplete": "off", "maxlength": 200},
    )
    heading = SelectField(lazy_gettext("Heading"), choices=[])


def _language_field(label: Any, language: str, most: int, rows: int) -> TextAreaField:
    return TextAreaField(
        label,
        validators=[Length(max=most, message=_USE_SHORTER)],
        render_kw={"rows": rows, "lang": language},
    )


class NoticeForm(VocabularyForm):
    """Form for the notice in English and Spanish, and the last day on which it is shown."""

    english = _language_field(lazy_gettext("In English"), "en", 600, 3)
    spanish = _language_field(lazy_gettext("In Spanish"), "es", 600, 3)
    until = DateField(
        lazy_gettext("Show it until"),
        validators=[Optional()],
        description=lazy_gettext("The last day. Leave it empty for no end."),
    )


class PolicyForm(VocabularyForm):
    """Form for the inclusion policy in English and Spanish."""

    english = _language_field(lazy_gettext("In English"), "en", 20_000, 16)
    spanish = _language_field(lazy_gettext("In Spanish"), "es", 20_000, 16)


class QuestionsForm(VocabularyForm):
    """Form for the questions that the desk asks about a topic, in English and Spanish."""

    english = _language_field(lazy_gettext("In English"), "en", LONGEST_QUESTIONS, 14)
    spanish = _language_field(lazy_gettext("In Spanish"), "es", LONGEST_QUESTIONS, 14)


class TaxonomyNoticeForm(VocabularyForm):
    """Form for the notice that is shown with the terms of a taxonomy."""

    notice = TextAreaField(
        lazy_gettext("Notice"),
        validators=[Length(max=LONGEST_NOTICE, message=_USE_SHORTER)],
        description=lazy_gettext("As its owner words it, with the copyright line."),
        render_kw={"rows": 3},
    )
    is_licensed = BooleanField(
        lazy_gettext("The list may not be handed on as a whole"),
        description=lazy_gettext("This is true of the 2-1-1 taxonomy."),
    )


class TaxonomyForm(TaxonomyNoticeForm):
    """Form to upload a file of taxonomy terms, with its name, notice and license."""

    taxonomy = StringField(
        lazy_gettext("What it is called"),
        validators=[InputRequired(_FILL_IN), Length(max=LONGEST_NAME, message=_USE_SHORTER)],
        description=lazy_gettext("The same name again brings it up to date."),
        render_kw={"autocomplete": "off"},
    )
    file = FileField(
        lazy_gettext("The file"),
        validators=[FileRequired(lazy_gettext("Choose a file, please."))],
        description=lazy_gettext("CSV or XLSX with code and name; parent_id and description too."),
    )
    may_use = BooleanField(
        lazy_gettext("The library has a license for this list, or it is free to use")
    )


def topic_order_form(level: TopicLevel) -> FlaskForm:
    """Return a form with a field for the position of each topic, filled with its current one."""

    class _Form(VocabularyForm):
        pass

    last = len(level.topics)
    limits = lazy_gettext("Give a number from 1 to %(last)s.", last=last)
    for position, (topic, _) in enumerate(level.topics, start=1):
        checks = [InputRequired(limits), NumberRange(1, last, limits)]
        field = IntegerField(term_name(topic), validators=checks, default=position)
        setattr(_Form, f"place-{topic.id}", field)
    return _Form()


def offer_found(field: Any, choices: Iterable[tuple[str, str]]) -> None:
    """Set the choices of a vocabulary form's field to some choices and its chosen values."""
    offered = dict(choices)
    for value in field.data or ():
        offered.setdefault(value, value)
    field.choices = choices_of(offered.items())
