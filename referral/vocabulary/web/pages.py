"""All pages of the vocabulary: importing this module makes them known to their blueprint."""

from __future__ import annotations

from referral.vocabulary.web import (
    crisis_views as crisis,
)
from referral.vocabulary.web import (
    exam_views as exam,
)
from referral.vocabulary.web import (
    heading_views as headings,
)
from referral.vocabulary.web import (
    site_text_views as texts,
)
from referral.vocabulary.web import (
    taxonomy_views as taxonomies,
)
from referral.vocabulary.web import (
    thesaurus_views as words,
)
from referral.vocabulary.web.overview_views import (
    offer_vocabulary,
    vocabulary,
)

VIEWS = (crisis, exam, headings, taxonomies, texts, words)
__all__ = ["VIEWS", "offer_vocabulary", "vocabulary"]
