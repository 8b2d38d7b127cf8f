"""From text to terms: the same way when a document is written and when a question is read.

Accents are folded, case is lowered, small words are left out, and each field is stemmed in its
own language (docs/decisions/0002-search-analysis.md says why). The analyzer classes are pickled
into index files by this module's name: do not move or rename them.
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
PART_GAP = 10  # between the parts of a field joined by "|": no phrase reaches across

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
WORDS_AND_MARKS = re.compile(rf"{_WORD.pattern}|[|\x00]")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}+(?:[^\W\d_]\b)?")  # Y.M.C.A., A.A.; keeps no way back
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "\u00ad": None, "\u200b": None})

# Words that say nothing about what is looked for. A word that means something in the other
# language is not here: "sin" (without), "once" (eleven), "son", "no".
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


def fold(text: str) -> str:
    """Small letters without accents; dotted abbreviations closed up (``A.A.`` is ``aa``)."""
    if not text.isascii():
        text = without_accents(text.translate(_APOSTROPHES))
    text = text.casefold()
    return _DOTTED.sub(lambda match: match.group().replace(".", ""), text) if "." in text else text


def bare(word: str) -> str:
    """A folded word without its possessive and apostrophes."""
    return word.removesuffix("'s").replace("'", "")[:LONGEST_WORD]


def all_words_of(text: str) -> list[str]:
    """Every word of a text, folded, small words too."""
    return [bare(word) for word in _WORD.findall(fold(text))]


def words_of(text: str) -> list[str]:
    """The words of a text that count, folded but not stemmed."""
    return [word for word in all_words_of(text) if word not in STOP_WORDS]


def name_key(text: str) -> str:
    """What two spellings of one name have in common: ``The A & B Shop`` is ``A and B shop``."""
    return " ".join(words_of(text) or all_words_of(text))


def whole_name_key(text: str) -> str:
    """As ``name_key``, for whoever writes ``Porch Light`` or ``Saint`` where others do not."""
    words = words_of(text) or all_words_of(text)
    return "".join("st" if word == "saint" else word for word in words)


@lru_cache(maxsize=1 << 17)
def stem(word: str, language: str) -> str:
    """The stem of a folded word in ``english`` or ``spanish``."""
    stemmed: str = _stemmer(language).stemWord(word)
    return stemmed


class WordAnalyzer(Analyzer):
    """Words as they are written, folded."""

    def __call__(self, value: str, **_options: object) -> Iterator[Token]:
        """Yield one Token object again and again, as Whoosh's own analyzers do.

        Folding changes the length of a text, so the characters of a word are those of its part.
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
        """The form of a folded word that is indexed."""
        return word


class StemAnalyzer(WordAnalyzer):
    """Words by their stem in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def form(self, word: str) -> str:
        """The stem."""
        return stem(word, self.language)


_local = threading.local()


def _stemmer(language: str) -> Stemmer.Stemmer:
    """A stemmer has inner state, so each thread has its own."""
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(language)
    return stemmers[language]
