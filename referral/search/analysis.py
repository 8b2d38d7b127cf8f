"""Text analysis: split a text into terms, in the same way for documents and for queries.

Accents are folded, case is lowered, stop words are left out, and each field is stemmed in its
own language (docs/decisions/0002-search-analysis.md explains why). The analyzer classes are
pickled into index files by this module's name: do not move or rename them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import lru_cache

import Stemmer
from whoosh.analysis import Analyzer, Token

from referral.fields.text import without_accents

LONGEST_WORD = 40
PART_GAP = 10  # positions between the parts of a field joined by "|": no phrase spans two parts

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
WORDS_AND_GAPS = re.compile(rf"{_WORD.pattern}|\|")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}+(?:[^\W\d_]\b)?")  # Y.M.C.A., A.A.; never backtracks
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "\u00ad": None, "\u200b": None})

# Stop words of English and Spanish. A word that has a meaning of its own in the other
# language is none of them: "sin" (without), "once" (eleven), "son", "no".
_ENGLISH = """
a an and are as at be been by can could did do does for from get had has have he her his how i if in
into is it its me my of on or our she so such that the their them then there these they this to was
we were what when where which who with would you your
"""
_SPANISH = """
al como cual cuando de del desde donde el ella en es esta este esto hay la las le les lo los mi mis
muy o para pero por que quien se ser su sus te tu un una unas unos y ya yo
"""
STOP_WORDS = frozenset(_ENGLISH.split() + _SPANISH.split())
_local = threading.local()


def fold(text: str) -> str:
    """Return a text in lower case without accents; ``A.A.`` and its kind lose their dots."""
    if not text.isascii():
        text = without_accents(text.translate(_APOSTROPHES))
    text = text.casefold()
    return _DOTTED.sub(lambda match: match.group().replace(".", ""), text) if "." in text else text


def bare(word: str) -> str:
    """Return a folded word without its possessive ``'s`` and apostrophes, cut to LONGEST_WORD."""
    return word.removesuffix("'s").replace("'", "")[:LONGEST_WORD]


def all_words_of(text: str) -> list[str]:
    """Return every word of a text as the search index folds it, in order, stop words included."""
    return [bare(word) for word in _WORD.findall(fold(text))]


def words_of(text: str) -> list[str]:
    """Return the words of a text in their order, folded but not stemmed, without stop words."""
    return [word for word in all_words_of(text) if word not in STOP_WORDS]


def name_key(text: str) -> str:
    """Return a key that is equal for spellings of a name: ``The A & B Shop``, ``A and B shop``."""
    return " ".join(words_of(text) or all_words_of(text))


def whole_name_key(text: str) -> str:
    """Return a ``name_key`` without spaces, in which ``Saint`` is ``St``."""
    words = words_of(text) or all_words_of(text)
    return "".join("st" if word == "saint" else word for word in words)


@lru_cache(maxsize=1 << 17)
def stem(word: str, language: str) -> str:
    """Return the stem of a folded word in ``english`` or ``spanish``."""
    stemmed: str = _stemmer(language).stemWord(word)
    return stemmed


class WordAnalyzer(Analyzer):
    """Analyzer that yields the folded words of a text, without stop words or stemming."""

    def __call__(self, value: str, **_options: object) -> Iterator[Token]:
        """Yield the same Token object for each word, as Whoosh's own analyzers do.

        Folding changes the length of a text, so a token spans the whole part of the field that
        contains its word.
        """
        token = Token(positions=True, chars=True)
        token.boost = 1.0
        position = token.endchar = 0
        for part in value.split("|"):
            token.startchar, token.endchar = token.endchar, token.endchar + len(part)
            for word in words_of(part):
                token.text = self.form(word)
                token.pos = position
                position += 1
                yield token
            position += PART_GAP
            token.endchar += 1

    def form(self, word: str) -> str:
        """Return the form in which a folded word is indexed."""
        return word


class StemAnalyzer(WordAnalyzer):
    """Whoosh analyzer that yields the stems of the words of a text, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def form(self, word: str) -> str:
        """Return the stem of a folded word."""
        return stem(word, self.language)


def _stemmer(language: str) -> Stemmer.Stemmer:
    """Return the current thread's stemmer for a language, since stemmers have inner state."""
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(language)
    return stemmers[language]
