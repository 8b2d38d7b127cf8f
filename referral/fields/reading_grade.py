"""Reading grade of English text (Flesch-Kincaid).

English only. Phone numbers, web addresses and times are not words and are left out.
"""

from __future__ import annotations

import re
from functools import lru_cache

MOST_YEARS = 10
_LEAST_WORDS = 20  # the formula means nothing for shorter texts
_NON_WORDS = re.compile(r"(?<!\S)(?=\S*?(?:://|www\.|@|\d))\S++")
_SENTENCE = re.compile(r"[.!?:;]+(?:\s|$)|\n+")
_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:['’][A-Za-z]+)?")
_ABBREVIATION = re.compile(
    r"\b(?:[A-Z]|e\.g|i\.e|St|Dr|Mr|Mrs|Ms|Ave|Rd|Inc|No|Dept|vs|a\.m|p\.m)\."
)
_VOWELS = re.compile(r"[aeiouyàáâäèéêëìíîïòóôöùúûü]+")
# Adjacent vowels that belong to two syllables.
_SEPARATE_VOWELS = re.compile(
    r"(?<![cgstx])i(?:a(?!ge)|o(?!u))|(?<=[st])io(?!n)|[cgstx]ia(?=t)|i(?:um|er$|est$)"
    r"|ua(?!r)(?<!qua)(?<!gua)|eo(?!p|u)|uou|ying|[aeiou]ing|creat|ie(?=t)|ea(?=t(?:e|i))"
)
# Silent e's, final or before an ending.
_SILENT_E = re.compile(
    r"(?<=[^aeiouylr])e$|(?<=[aeiouy][lr])e$|(?<=rl)e$|(?<=[^aeiou]r)e$"
    r"|(?<=[^aeiouydtl])e(?:d)$|(?<=[aeiouy]l)ed$|(?<=[^aeiouyszxcgh])es$|(?<=[aeiouy]th)es$"
    r"|(?<=[^aeiouyl])e(?=ly$|ment$|ments$|ful$|less$|ness$|ty$)|(?<=[aeiouy]l)e(?=ly$|ss$)"
)
_IRREGULAR_SYLLABLES = {
    "area": 3, "areas": 3, "business": 2, "every": 2, "everyone": 3, "being": 2, "people": 2,
    "something": 2, "sometimes": 2, "someone": 2, "somewhere": 2, "therefore": 2, "medicine": 3,
    "recipe": 3, "evening": 2, "evenings": 2, "science": 2, "diet": 2, "client": 2, "clients": 2,
    "quiet": 2, "society": 4, "variety": 4, "homeless": 2, "careful": 2, "wednesday": 2,
    "vegetables": 4, "interest": 3, "several": 3, "different": 3, "family": 3, "families": 3,
    "veteran": 3, "veterans": 3, "eligible": 4, "eligibility": 6, "household": 2, "hereby": 2,
    "idea": 3, "ideas": 3, "create": 2, "created": 3, "poem": 2, "lion": 2, "senior": 2,
    "seniors": 2, "junior": 2, "the": 1, "we": 1, "he": 1, "she": 1, "be": 1, "me": 1,
    "reality": 4, "real": 1, "really": 2, "theater": 3, "museum": 3, "fire": 1, "hour": 1,
    "hours": 1, "our": 1, "said": 1, "does": 1, "goes": 1, "shoes": 1, "used": 1,
}  # fmt: skip


@lru_cache(maxsize=50_000)
def count_syllables(word: str) -> int:
    """Count the syllables of an English word; at least 1."""
    folded = word.casefold().replace("’", "'").removesuffix("'s").replace("'", "")
    if folded in _IRREGULAR_SYLLABLES:
        return _IRREGULAR_SYLLABLES[folded]
    count = (
        len(_VOWELS.findall(folded))
        + len(_SEPARATE_VOWELS.findall(folded))
        - len(_SILENT_E.findall(folded))
    )
    return max(count, 1)


def reading_grade(text: str) -> float | None:
    """Return the Flesch-Kincaid grade of a text (years of school); None for under 20 words."""
    prose = _ABBREVIATION.sub(
        lambda match: match.group().replace(".", ""), _NON_WORDS.sub("", text)
    )
    words = _WORD.findall(prose)
    if len(words) < _LEAST_WORDS:
        return None
    sentences = sum(1 for part in _SENTENCE.split(prose) if _WORD.search(part))
    words_per_sentence = len(words) / sentences
    syllables_per_word = sum(map(count_syllables, words)) / len(words)
    return round(0.39 * words_per_sentence + 11.8 * syllables_per_word - 15.59, 1)
