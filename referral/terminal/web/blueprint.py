"""Blueprint ``terminal``: pages of shared computers."""

from __future__ import annotations

from flask import Blueprint

terminal = Blueprint("terminal", __name__)
