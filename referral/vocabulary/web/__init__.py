"""Vocabulary pages for staff; importing this package registers all views with the blueprint."""

from __future__ import annotations

from referral.vocabulary.web import (
    crisis_views,
    exam_views,
    heading_views,
    site_text_views,
    taxonomy_views,
    thesaurus_views,
)
from referral.vocabulary.web.overview_views import register_vocabulary, vocabulary

__all__ = [
    "crisis_views",
    "exam_views",
    "heading_views",
    "register_vocabulary",
    "site_text_views",
    "taxonomy_views",
    "thesaurus_views",
    "vocabulary",
]
