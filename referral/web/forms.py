"""Forms that any page may use."""

from __future__ import annotations

from flask_wtf import FlaskForm


class PressForm(FlaskForm):
    """A button alone."""
