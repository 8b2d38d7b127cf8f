"""All pages of the vocabulary: importing this module makes them known to their blueprint."""

from __future__ import annotations

from referral.web.curation.vocabulary import crisis, exam, headings, taxonomies, texts, words
from referral.web.curation.vocabulary.area import offer_vocabulary, vocabulary

VIEWS = (crisis, exam, headings, taxonomies, texts, words)
__all__ = ["VIEWS", "offer_vocabulary", "vocabulary"]
