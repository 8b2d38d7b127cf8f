"""QR codes as inline SVG."""

from __future__ import annotations

import segno
from flask import Flask
from markupsafe import Markup


def init_app(app: Flask) -> None:
    """Offer ``{{ address | qr(label) }}`` to templates."""
    app.jinja_env.filters["qr"] = qr_code


def bare_qr_code(content: str) -> Markup:
    """An address as a picture, black on white, without a text; for pages that frame it."""
    code = segno.make(content, error="m", micro=False)
    # segno writes squares; nothing that a person typed is in the drawing as text.
    return Markup(code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff"))  # noqa: S704


def qr_code(content: str, label: str) -> Markup:
    """An address as a picture with an alternative text; nothing when it is too long for one."""
    try:
        code = segno.make(content, error="m", micro=False)
    except segno.DataOverflowError:
        return Markup()
    drawn = code.svg_inline(
        border=4, omitsize=True, svgclass="qr", lineclass="qr-line", light="#fff"
    )
    # segno draws paths and numbers only; the label is escaped here.
    return Markup('<span role="img" aria-label="{}">{}</span>').format(
        label,
        Markup(drawn),  # noqa: S704
    )
