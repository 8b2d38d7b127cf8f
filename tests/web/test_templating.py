"""Our environment for templates says what Jinja's own would."""

from __future__ import annotations

import pytest
from flask_babel import lazy_gettext
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, UndefinedError, pass_context
from markupsafe import Markup, escape

from referral.web.templating import Templates, html_of

SAMPLES = (
    "{{ text }} {{ html }} {{ number }} {{ nothing }} {{ missing }}",
    (
        "{% macro row(a, b='<b>', class='') %}{{ a }}-{{ b }}-{{ class }}-{{ kwargs }}{% endmacro %}"
        "{{ row(text) }}{{ row(html, b=number, class='x') }}{{ row(text, **{'c': html}) }}"
        "{% for each in list %}{{ row(each, class=each, d=loop.index) }}{% endfor %}"
    ),
    (
        "{% macro box() %}<p>{{ caller(text) }}</p>{% endmacro %}"
        "{% call(said) box() %}{{ said }}{{ html }}{% endcall %}"
    ),
    "{% for each in list %}{% set mine = each %}{{ seen('mine') }}{{ seen('each') }}{% endfor %}",
    "{{ add(1, *[2, 3]) }}{{ add(*[1], two=2, **{'three': text}) }}{{ add(class=1) }}",
    "{% set next = cycler('<', '>') %}{{ next.next() }}{{ next.next() }}{{ list.index(number) }}",
    "{% set part %}<i>{{ text }}</i>{% endset %}{{ part }}{{ part ~ text }}",
    "{% autoescape false %}{{ text }}{{ add(text) }}{% endautoescape %}",
    "{% block one %}{{ add(text) }}{% endblock %}{{ self.one() }}",
)


@pass_context
def seen(context, name):
    return f"{name}={context.get(name)}"


def add(*values, **named):
    return f"{values}{named}"


def environments(app):
    ours, plain = Templates(app, autoescape=True), Environment(autoescape=True)
    for each in (ours, plain):
        each.globals.update(seen=seen, add=add)
    return ours, plain


@pytest.mark.parametrize("source", SAMPLES)
def test_templates_say_the_same(sample_app, source):
    values = {
        "text": 'Tom\'s <Fish> & "Chips"',
        "html": Markup("<em>safe</em>"),
        "number": 7,
        "nothing": None,
        "list": ["<a>", 7, "b"],
    }
    ours, plain = environments(sample_app)
    assert ours.from_string(source).render(values) == plain.from_string(source).render(values)


@pytest.mark.parametrize("source", ["{{ missing() }}", "{{ text.missing() }}"])
def test_a_call_of_what_is_not_there_is_an_error(sample_app, source):
    ours, _ = environments(sample_app)
    with pytest.raises(UndefinedError, match="missing"):
        ours.from_string(source).render(text="a")


@given(st.one_of(st.text(), st.text().map(Markup), st.integers(), st.none()))
def test_any_value_is_escaped_as_ever(value):
    assert html_of(value) == escape(value)


def test_a_text_that_is_translated_late_is_translated(sample_app):
    with sample_app.test_request_context("/"):
        assert html_of(lazy_gettext("Free")) == escape(lazy_gettext("Free")) == "Free"
