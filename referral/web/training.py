"""Training mode of a browser session, in which nothing is counted."""

from __future__ import annotations

from flask import session

_TRAINING = "training"


def is_training() -> bool:
    """Whether what is done in this browser is done to learn."""
    return bool(session.get(_TRAINING))


def set_training(*, training: bool) -> None:
    """Remember it for this browser's session."""
    session[_TRAINING] = training
