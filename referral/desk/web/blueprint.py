"""The blueprint of the desk, to which each module of this package adds its views."""

from __future__ import annotations

from flask import Blueprint

from referral.records.accounts import Permission

desk = Blueprint("desk", __name__, url_prefix="/desk")
USE = Permission.USE_DESK
