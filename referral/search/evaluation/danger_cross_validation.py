"""Cross-validates the danger model: ``python -m …evaluation.danger_cross_validation [FOLDS]``.

Each fold is judged by a model that was fitted without it. Phrases that share half of their words
are in one fold (grouped folds), because many known phrases are variants of one another. Only known
phrases of danger, their look-alikes and the ordinary sentences are judged; the thesaurus, topic
names and exams are fitted to in every fold. The thresholds of ``danger_model`` were chosen on this.
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from referral.records.crisis import CrisisWords, fold_sentences
from referral.search.evaluation.danger_training import (
    Example,
    crisis_examples,
    fit_danger_model,
    known_phrases,
    ordinary_sentences,
    read_seed_rows,
)
from referral.search.understanding.danger_model import DangerModel, Degree
from referral.search.understanding.phrasebook import Phrasebook
from referral.search.understanding.word_lists import WordLists

_FOLDS = 5
_MOST_FREQUENT = 150  # phrases that have a word, beyond which it makes none alike
_ALIKE = 0.5  # Jaccard index of the sets of words


def folds_of(phrases: Sequence[str], folds: int) -> list[int]:
    """The fold of each phrase; those that are alike, directly or by others, share one."""
    words = [
        frozenset(word for sentence in fold_sentences(each) for word in sentence)
        for each in phrases
    ]
    frequency = Counter(word for each in words for word in each)
    having: dict[str, list[int]] = defaultdict(list)
    group = list(range(len(phrases)))

    def first_of(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = group[at]
        return at

    for at, own in enumerate(words):
        rare = [word for word in own if frequency[word] <= _MOST_FREQUENT]
        for other in {other for word in rare for other in having[word]}:
            if len(own & words[other]) >= _ALIKE * len(own | words[other]):
                group[first_of(other)] = first_of(at)
        for word in rare:
            having[word].append(at)
    found = sorted({first_of(at) for at in group})
    random.Random(7).shuffle(found)  # noqa: S311 - the same folds each time
    fold = {first: place % folds for place, first in enumerate(found)}
    return [fold[first_of(at)] for at in group]


def held_out_models(
    judged: Sequence[Example], known: Sequence[Example], folds: int
) -> Iterator[tuple[DangerModel, list[Example]]]:
    """A model for each fold, and the judged examples that it was not fitted to."""
    fold_of = folds_of([each.phrase for each in judged], folds)
    for fold in range(folds):
        left_out = [each for each, own in zip(judged, fold_of, strict=True) if own == fold]
        phrases = {each.phrase for each in left_out}
        kept = [each for each in known if each.phrase not in phrases]
        yield DangerModel(fit_danger_model(kept)), left_out


def cross_validate(folds: int) -> dict[tuple[str, str], Counter[Degree]]:
    """The degrees of dangers, look-alikes and ordinary sentences, by the model and in all."""
    patterns = CrisisWords(read_seed_rows("crisis_words.csv"))
    phrasebook = Phrasebook([], [], {}, {})
    sentences = ordinary_sentences()
    ordinary = {each.phrase for each in sentences}
    counts: dict[tuple[str, str], Counter[Degree]] = defaultdict(Counter)
    judged = [*crisis_examples(), *sentences]
    for model, examples in held_out_models(judged, known_phrases(), folds):
        ways = {
            "model alone": WordLists(phrasebook, CrisisWords(()), danger_model=model),
            "with patterns": WordLists(phrasebook, patterns, danger_model=model),
        }
        for (way, lists), each in product(ways.items(), examples):
            kind = "ordinary" if each.phrase in ordinary else "look-alike"
            degree = lists.danger_in(each.phrase).degree
            counts[way, "danger" if each.line else kind][degree] += 1
    return counts


def report_lines(counts: Mapping[tuple[str, str], Counter[Degree]]) -> Iterator[str]:
    """A line for each way of judging and each kind of phrase."""
    for (way, kind), found in sorted(counts.items()):
        degrees = ", ".join(f"{found[each]} {each.name.casefold()}" for each in Degree)
        yield f"{way}, {found.total()} of kind {kind}: {degrees}"


if __name__ == "__main__":
    folds = int(sys.argv[1]) if sys.argv[1:] else _FOLDS
    sys.stdout.writelines(f"{line}\n" for line in report_lines(cross_validate(folds)))
