"""Whatever is typed into the box gets an answer, quickly, and never an error."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral.search import Index
from referral.search.query import SearchQuery
from referral.store import Store
from tests.search.small_directory import fill
from tests.support.calls import count_calls

_MOST_CALLS = 60_000


@pytest.fixture(scope="module")
def index(sqlite_databases, tmp_path_factory):
    """Give an index of the small directory; asking does not change it."""
    store = Store(sqlite_databases.migrated())
    fill(store)
    index = Index(tmp_path_factory.mktemp("hostile"), store)
    index.sync()
    yield index
    index.close()
    store.close()


@pytest.mark.parametrize(
    "words",
    [
        "?*",
        "*a*",
        "*",
        "[a TO z]",
        "[TO]",
        "foo~3",
        "help^9999",
        "name:help",
        "NOT NOT NOT NOT NOT",
        "AND OR NOT ANDMAYBE",
        "(" * 5_000 + ")" * 5_000,
        "a" * 200_000,
        "help " * 50_000,
        '"' * 999,
        '"help',
        '""',
        '"the and"',
        '"serviceword1 help" "serviceword1 help" ' * 9,
        "\x00\x01\x7f",
        "\ud800 help",
        "ﷺ" * 200,
        "e\u0301" * 500,
        "\u202epleh",
        "'; DROP TABLE service; --",
        "<script>alert(1)</script>",
        "{{7*7}} ${7*7} %s %n",
        "99999 00000 16335",
        "16335 16335 16335",
        "９９９９９ ₁₆₃₃₅ ١٦٣٣٥",
        "食物 еда طعام",
        "|".join(["help"] * 99),
    ],
)
def test_hostile_words_get_a_quick_answer(index, words):
    index.search(SearchQuery(words="help"))
    assert count_calls(index.search, SearchQuery(words=words)) < _MOST_CALLS
    answer = index.search(SearchQuery(words=words))
    assert answer.total >= len(answer.hits)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=37)
@given(
    words=st.text() | st.text(alphabet="help word1\"'*?~()[]|:^&+- \u0301", max_size=60),
    limit=st.integers(-5, 500),
    offset=st.integers(-5, 500),
)
def test_no_text_raises(index, words, limit, offset):
    answer = index.search(SearchQuery(words=words), limit=limit, offset=offset)
    assert 0 <= len(answer.hits) <= 200
    assert answer.total <= 8


@given(words=st.text(max_size=30), heading=st.text(), language=st.text(), term=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
def test_no_filter_raises(index, words, heading, language, term):
    index.search(SearchQuery(words=words, headings=(heading,), language=language, topic=term))
