"""QR codes as inline SVG."""

from __future__ import annotations

import segno
from flask import Flask
from markupsafe import Markup


def init_app(app: Flask) -> None:
    """Register the template filter ``{{ address | qr(label) }}``, which draws a QR code."""
    app.jinja_env.filters["qr"] = qr_code


def bare_qr_code(content: str) -> Markup:
    """Return a QR code in black on white without alternative text, for pages that frame it."""
    code = segno.make(content, error="m", micro=False)
    # The drawing contains only paths and numbers, none of the content as text.
    return Markup(code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff"))  # noqa: S704


def qr_code(content: str, label: str) -> Markup:
    """Return a QR code as SVG with an alternative text; empty if the content is too long."""
    try:
        code = segno.make(content, error="m", micro=False)
    except segno.DataOverflowError:
        return Markup()
    drawn = code.svg_inline(
        border=4, omitsize=True, svgclass="qr", lineclass="qr-line", light="#fff"
    )
    # The drawing contains only paths and numbers; the label is escaped here.
    return Markup('<span role="img" aria-label="{}">{}</span>').format(
        label,
        Markup(drawn),  # noqa: S704
    )
