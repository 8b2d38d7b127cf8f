"""Texts that a library writes: a part of CommonMark, and never HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.text_blocks import Block, BlockKind, Span, parse_blocks, unusable_targets


def plain(text):
    """Kind and text of each line, block by block."""
    return [
        (block.kind.value, *("".join(span.text for span in line) for line in block.lines))
        for block in parse_blocks(text)
    ]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("", []),
        ("one\ntwo\n\nthree", [("paragraph", "one two"), ("paragraph", "three")]),
        ("# A title\ntext\n## Another", [("title", "A title"), ("paragraph", "text"), ("title", "Another")]),
        ("#No space", [("title", "No space")]),
        ("Bring:\n- one\n- two\n\nend", [("paragraph", "Bring:"), ("list", "one", "two"), ("paragraph", "end")]),
        ("* one\n* two", [("list", "one", "two")]),
        ("1. one\n2. two", [("numbered", "one", "two")]),
        ("- one\n  - inner\n- two", [("list", "one", "inner", "two")]),
        ("- one\n\n1. two", [("list", "one"), ("numbered", "two")]),
        ("    indented\n> quoted\n```\ncode", [("paragraph", "indented > quoted ``` code")]),
        ("<script>x</script> <b>bold</b>", [("paragraph", "<script>x</script> <b>bold</b>")]),
        ("#", []),
    ],
)  # fmt: skip
def test_blocks(text, blocks):
    assert plain(text) == blocks


def test_links_and_emphasis():
    (block,) = parse_blocks("See **this** or *that*: [the city](https://example.org/a).")
    assert block == Block(
        BlockKind.PARAGRAPH,
        (
            (
                Span("See "),
                Span("this", "strong"),
                Span(" or "),
                Span("that", "em"),
                Span(": "),
                Span("the city", target="https://example.org/a"),
                Span("."),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("https://www.example.org/x", "example.org/x"),
        ("mailto:a@example.org", "a@example.org"),
        ("tel:+18145550100", "+18145550100"),
        ("/guides", "/guides"),
    ],
)
def test_links_that_lead_somewhere(target, address):
    ((line,),) = (block.lines for block in parse_blocks(f"[words]({target})"))
    assert line[0].is_link
    assert line[0].address == address
    assert not unusable_targets(f"[words]({target})")


@pytest.mark.parametrize("target", ["here", "//example.org", "ftp://example.org", "https:"])
def test_links_that_lead_nowhere(target):
    ((line,),) = (block.lines for block in parse_blocks(f"[words]({target})"))
    assert not line[0].is_link
    assert unusable_targets(f"[words]({target})")


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "vbscript:x"]
)
def test_scripts_are_no_links(target):
    spans = [
        span for block in parse_blocks(f"[a]({target})") for line in block.lines for span in line
    ]
    assert not any(span.is_link for span in spans)


@given(st.text(alphabet=st.sampled_from("#-*[]()<>_1. \n\\a/:"), max_size=80))
def test_any_text_gives_blocks_of_lines(text):
    for block in parse_blocks(text):
        assert all(line and all(span.text for span in line) for line in block.lines)
        assert block.kind in {BlockKind.LIST, BlockKind.NUMBERED} or len(block.lines) == 1
