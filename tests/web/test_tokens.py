"""Contrast of every pair of tokens that meet on a page: light, dark, strong, a library's own."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from referral.resources import resource_path
from referral.theme import DARK, Theme, contrast, contrast_faults, hex_of, parse_color

TEXT, SHAPE = 4.5, 3  # WCAG 2.2: 1.4.3 and 1.4.11
STATIC = resource_path("static")
SHEET = (STATIC / "site" / "tokens.css").read_text(encoding="utf-8")
GROUNDS = ("paper", "sand", "sand-deep", "primary-pale", "danger-pale", "caution-pale")
TEXTS = ("ink", "muted", "primary", "primary-deep", "link", "visited", "danger", "open", "caution")
ON = {"on-primary": ("primary", "primary-deep"), "on-header": ("header",), "on-focus": ("focus",), "on-danger": ("danger",),
      "ink": ("mark",), "muted": ("mark",)}  # fmt: skip
SHAPES = {"control": ("paper", "sand", "primary-pale"), "ink": ("paper", "sand")}
COLOR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\b")
HUE = re.compile(r"\.hue-([\w-]+) \{ --hue: (#[0-9a-f]{6})")
# Colors of their own: paper, the board, maps, and what must look the same in any colors of a page.
OWN_COLORS = {
    "tokens.css", "sheet.css", "print.css", "paper.css", "booklet.css", "slip.css", "board.css", "map.css",
}  # fmt: skip
FIXED = {"#fff", "#000", "#1c2b33", "#595959"}


def block(start: str) -> str:
    """The rules from a marker to the end of its block."""
    text = SHEET[SHEET.index(start) :]
    return text[: text.index("\n}\n")]


LIGHT = dict(COLOR.findall(block(":root {")))
DARK_BLOCK = block("@media screen and (prefers-color-scheme: dark)")
SCHEMES = {
    "light": LIGHT,
    "dark": LIGHT | dict(COLOR.findall(DARK_BLOCK)),
    "strong": LIGHT | dict(COLOR.findall(block(":root.high-contrast"))),
}
HUES = {
    "light": dict(HUE.findall(SHEET.partition("@media")[0])),
    "dark": dict(HUE.findall(DARK_BLOCK)),
}


def ratio(tokens, one, other):
    return contrast(parse_color(tokens[one]), parse_color(tokens[other]))


def faint_pairs(tokens):
    """Pairs below what they need, with their contrast."""
    texts = [(text, ground) for text in TEXTS for ground in GROUNDS]
    texts += [(text, ground) for text, grounds in ON.items() for ground in grounds]
    shapes = [(shape, ground) for shape, grounds in SHAPES.items() for ground in grounds]
    needs = [(pair, TEXT) for pair in texts] + [(pair, SHAPE) for pair in shapes]
    found = {pair: (round(ratio(tokens, *pair), 2), need) for pair, need in needs}
    return {pair: least for pair, (least, need) in found.items() if least < need}


@pytest.mark.parametrize("scheme", ["light", "dark", "strong"])
def test_text_and_controls_stand_out(scheme):
    assert not faint_pairs(SCHEMES[scheme])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hues_of_headings_stand_out(scheme):
    tokens, hues = SCHEMES[scheme], HUES[scheme]
    assert len(hues) == 8
    for name, color in hues.items():
        for ground in ("paper", "sand"):
            assert contrast(parse_color(color), parse_color(tokens[ground])) >= TEXT, (name, ground)


def test_the_dark_grounds_of_a_theme_are_those_of_the_sheet():
    assert {name: hex_of(color) for name, color in DARK.items()} == {
        name: SCHEMES["dark"][name] for name in DARK
    }


colors = st.tuples(*[st.integers(0, 255)] * 3)


@given(colors, colors, colors)
def test_a_librarys_own_colors_can_be_read_in_light_and_dark(primary, link, ground):
    chosen = {}
    for name, color in (("primary", primary), ("link", link), ("ground", ground)):
        if not list(contrast_faults(Theme(**chosen | {name: color}))):
            chosen[name] = color
    assume(chosen)
    theme = Theme(**chosen)
    ours = {"primary", "primary-deep", "on-primary", "on-header", "link"}
    for scheme, own in (("light", theme.tokens), ("dark", theme.dark_tokens)):
        tokens = SCHEMES[scheme] | own
        for text, ground_name in faint_pairs(tokens):
            # Panels of a color of their own, on which no link of the library's color stands.
            is_ours = text in ours and ground_name in {"paper", "sand", "primary", "header"}
            assert not is_ours, (scheme, text, ground_name, tokens)


def test_sheets_take_their_colors_and_sizes_of_text_from_tokens():
    found = {}
    for path in STATIC.rglob("*.css"):
        if path.name in OWN_COLORS:
            continue
        text = re.sub(
            r'url\(".*?"\)|/\*.*?\*/', "", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        used = re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])|rgba?\([^)]*\)|hsla?\(", text)
        used += re.findall(r"font-size: [\d.]+rem", text)
        if strange := set(used) - FIXED:
            found[path.name] = strange
    assert not found
