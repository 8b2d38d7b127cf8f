"""Messages: English text, values, and what Babel finds of them in the source."""

import ast
import re
from functools import cache
from pathlib import Path

import msgspec
import pytest

from referral.errors import RefusedError, refused
from referral.message import NOTHING, Message, message, term
from referral.records.problems import Problem, Severity
from referral.resources import resource_path

SOURCE = resource_path("referral")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
SAYS = re.compile(r"\b(?:message|refused|Message)\(")
FACTORIES = {"message", "refused"}


@pytest.mark.parametrize(
    ("said", "english"),
    [
        (message("The file is empty."), "The file is empty."),
        (message("%(name)s is empty.", name="a.csv"), "a.csv is empty."),
        (message("%(name)s is empty.", name="%(name)s {1}"), "%(name)s {1} is empty."),
        (message("Line %(line)s is 100%% odd.", line=3), "Line 3 is 100% odd."),
        (message("Half is 50 %."), "Half is 50 %."),
        (message("This %(kind)s is odd.", kind=term("service_at_location")),
         "This service at location is odd."),
        (message("It points to %(record)s.", record=term("organization", "12")),
         "It points to organization 12."),
        (message("Add: %(parts)s.", parts=(term("city"), term("ZIP code"))),
         "Add: city, ZIP code."),
        (message("%(count)s were left out.").filled(count=2), "2 were left out."),
        (message("One.").then(message("Two."), message("%(n)s.", n="Three")), "One. Two. Three."),
        (NOTHING, ""),
    ],
)  # fmt: skip
def test_a_message_is_english_by_itself(said, english):
    assert str(said) == english
    assert bool(said) == bool(english)
    assert msgspec.json.decode(msgspec.json.encode(said), type=Message) == said


def test_messages_are_values():
    one, same = (message("%(name)s is empty.", name="a") for _ in range(2))
    assert one == same
    assert len({one, same, message("%(name)s is empty.", name="b")}) == 2


def test_problems_and_refusals_say_it_in_english():
    said = message("This %(kind)s has no name; give it one.", kind=term("service"))
    problem = Problem(code="name-missing", severity=Severity.ERROR, message=said)
    assert problem.as_dict()["detail"] == "This service has no name; give it one."
    error = refused("%(name)s is empty.", name="a.csv")
    assert isinstance(error, RefusedError)
    assert (str(error), error.message.params) == ("a.csv is empty.", {"name": "a.csv"})


# ---------------------------------------------------------------- the source
@cache
def modules():
    """Parse each module that says anything."""
    texts = {path: path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.py"))}
    return {path: ast.parse(text) for path, text in texts.items() if SAYS.search(text)}


def calls_of(tree, names):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names:
            yield node


def at(path, node):
    return f"{Path(path).relative_to(SOURCE)}:{node.lineno}"


def is_text(node):
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@pytest.mark.slow
def test_babel_can_read_each_text():
    """It takes out strings, and neither f-strings nor names."""
    odd = [
        at(path, call)
        for path, tree in modules().items()
        if path != SOURCE / "message.py"
        for call in calls_of(tree, FACTORIES)
        if not (call.args and isinstance(call.args[0], ast.Constant) and is_text(call.args[0]))
    ]
    assert not odd


@pytest.mark.slow
def test_each_text_gets_the_values_it_names():
    odd = []
    for path, tree in modules().items():
        later = [{each.arg for each in call.keywords} for call in calls_of(tree, {"filled"})]
        for call in calls_of(tree, FACTORIES):
            if call.args and is_text(call.args[0]):
                named = set(PLACEHOLDER.findall(call.args[0].value))
                given = {each.arg for each in call.keywords}
                if given != named and (given or named not in later):
                    odd.append(at(path, call))
    assert not odd


def test_no_text_passes_the_catalogues_by():
    """``Message(text)`` is for texts that come from elsewhere, not for ours."""
    odd = [
        at(path, call)
        for path, tree in modules().items()
        if not {"web", "cli"} & set(path.relative_to(SOURCE).parts)
        for call in calls_of(tree, {"Message"})
        if call.args and is_text(call.args[0]) and path != SOURCE / "message.py"
    ]
    assert not odd, f"Say this with message(…): {odd}"
