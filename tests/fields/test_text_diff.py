"""Differences of two texts, and excerpts of them."""

from referral.fields.text_diff import excerpt, side_by_side


def test_an_excerpt_shows_what_differs_first():
    before, after = side_by_side("word " * 50 + "old end", "word " * 50 + "new end")
    text = "".join(text for text, _ in excerpt(before))
    assert text == "…" + ("word " * 50)[-30:] + "old end"
    assert [text for text, differs in excerpt(after) if differs] == ["new"]
    [(long, differs)] = excerpt((("x" * 500, True),))
    assert (long, differs) == ("x" * 90 + "…", True)
    assert excerpt((("short", False),)) == (("short", False),)
