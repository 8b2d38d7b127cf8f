"""The words of one commit: which documents hold them, and which are known at all."""

from __future__ import annotations

from collections.abc import Sequence

from referral.search.matching.form_matches import Holdings
from referral.search.segments.doc_values import Mask
from referral.search.segments.postings import PostingTable
from referral.search.segments.term_table import TermTable
from referral.search.understanding.lexicon import Lexicon
from referral.search.understanding.vocabulary import Vocabulary


class Words:
    """What the term tables of all segments say together.

    Attributes:
        postings: which documents hold a term.
        holdings: which documents hold a form of a word in any field.
        vocabulary: which words are known, begun or meant.
    """

    def __init__(self, tables: Sequence[TermTable], live: Mask) -> None:
        self.postings = PostingTable(tables)
        self.holdings = Holdings(self.postings, live)
        self.vocabulary = Vocabulary(Lexicon(self.postings, live))
