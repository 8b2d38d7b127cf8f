"""Invented words of searches that found nothing, for the demo."""

KEPT_WORDS = {
    "glass eyes": "health",
    "dentures": "health",
    "move in truck": "basic-needs",
    "mattress": "basic-needs",
    "propane tank": "basic-needs",
    "ramp builder": "seniors",
    "night child care": "families",
    "expunge": "legal",
    "welding class": "employment",
}
"""What somebody has read, and the heading it was put under."""
PENDING_WORDS = (
    "bed bug heat", "bike repair free", "driveway plowing", "hearing aid batteries",
    "kinship papers", "pet food", "storage unit", "well water test",
)  # fmt: skip
