"""Page with all components of the interface in every state, under their class names.

The page exists in the demo and in Flask's debug mode only. ``tests/support/component_pictures.py``
takes the pictures in ``docs/look.md`` from it.
"""

from __future__ import annotations

from flask import Blueprint, Flask, render_template

from referral.directory.help_lines import help_lines
from referral.directory.search import find_services
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.web.current import current_instance, current_settings
from referral.web.search_form import SearchForm

gallery = Blueprint("gallery", __name__)

TOKENS = (
    "ink", "muted", "paper", "sand", "sand-deep", "rule", "control", "header", "primary",
    "primary-deep", "primary-pale", "link", "visited", "danger", "danger-pale", "open", "caution",
    "caution-pale", "focus", "mark",
)  # fmt: skip
SIZES = (16, 18, 20, 22, 28, 36)


def init_app(app: Flask) -> None:
    """Register the gallery of interface components, in debug mode or with sample data only."""
    if app.debug or app.config["REFERRAL_SETTINGS"].sample_data:
        app.register_blueprint(gallery)


@gallery.get("/look")
def components() -> str:
    """Show the gallery with each component of the interface in each state."""
    instance = current_instance()
    wrong = SearchForm(data={"q": "food", "near": "99999"})
    wrong.near.errors = [wrong.near.label.text]
    found = find_services(instance, SearchQuery(words="food"), Audience.PUBLIC, limit=1)
    return render_template(
        "gallery/components.html",
        tokens=TOKENS,
        sizes=SIZES,
        form=SearchForm(),
        small=SearchForm(prefix="small-"),
        wrong=wrong,
        cards=found.cards.items,
        lines=help_lines(current_settings())[:2],
    )
