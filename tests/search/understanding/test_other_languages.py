"""Questions in other languages are not corrected into English or Spanish ones."""

import pytest

from bench.exam_files import SAMPLE_PHRASES, read_rows
from referral.cli.search import notices_of
from referral.resources import resource_path
from referral.search.query import SearchQuery
from referral.search.understanding.other_languages import is_other_language

SEED = resource_path("seed_data")
FOREIGN = (
    "我想死", "먹을 것이 필요해요", "احتاج طعام", "помогите с едой", "मलाई खाना चाहिन्छ",
    "mwen vle mouri", "bezwen manje", "tôi muốn chết", "toi muon chet", "cần giúp đỡ",
    "gusto kong mamatay", "kailangan ko ng pagkain", "je veux mourir", "j'ai faim",
    "preciso de ajuda", "waxaan rabaa cunto", "nahitaji chakula", "chcę umrzeć",
)  # fmt: skip
OURS = (
    "food", "comida", "necesito leche para mi bebé", "quiero morir", "me duele una muela",
    "alliance francaise", "pho restaurant", "le bonheur clinic", "can an ex keep my kids", "",
    "niños", "José García", "¿dónde puedo ir?", "tagalog speaking doctor",
)  # fmt: skip


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_are_seen_and_find_nothing(sample_instance, text):
    assert is_other_language(text)
    answer = sample_instance.index.search(SearchQuery(words=text))
    assert answer.total == 0
    assert [notice.kind for notice in notices_of(answer)] == ["other-language"]


@pytest.mark.parametrize("text", OURS)
def test_english_and_spanish_are_read(text):
    assert not is_other_language(text)


@pytest.mark.parametrize(
    "path",
    [
        SAMPLE_PHRASES,
        *map(SEED.joinpath, ("crisis_phrases.csv", "thesaurus.csv", "crisis_examples.csv")),
    ],
    ids=lambda path: path.stem,
)
def test_no_phrase_of_ours_is_taken_for_another_language(path):
    phrases = [row["phrase"] for row in read_rows(path)]
    assert [phrase for phrase in phrases if is_other_language(phrase)] == []


def test_the_page_asks_for_an_interpreter_and_offers_no_other_spelling(sample_client):
    page = sample_client.get("/search?q=mwen+vle+mouri")
    assert "Ask for an interpreter" in page.text
    assert "Did you mean" not in page.text
    assert 'href="tel:211"' in page.text
    assert 'href="tel:988"' in page.text
