"""Wrongly decoded letters: mended where certain, and nothing else touched."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from referral.fields.mojibake import mend_mojibake

RIGHT = "Niños y mamás: it’s free – “call” Anaïs… €5"
NATURAL = [
    "CAFÉ”", "IRMÃ”", "«Él está»”", "√Él llama", "10 Å³", "── Él ──", "¿Qué?", "“Éxito”", "naïve",
    "GÇ", "G", "Ação — São João", "Việt Nam", "‚Äpfel‘", "A\xa0B", "Ångström", "Straße", "日本語",
    "GENÇ ÇÖZÜM", "crème brûlée", "IRMÃ\xa0", "Đường", "½ lb · 5¢ ©2020 ®", "Łódź", "Ελλάδα",
]  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "cp850", "mac_roman"])
def test_what_an_old_code_page_made_of_utf8_comes_back(encoding):
    broken = "".join(
        bytes([byte]).decode(encoding, errors="ignore") or chr(byte) for byte in RIGHT.encode()
    )
    assert mend_mojibake(broken) == RIGHT


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("youGÇÖre GÇ£freeGÇ¥ GÇô callGÇª", "you’re “free” – call…"),
        ("childrenΓÇÖs", "children’s"),
        ("childrenâ€™s", "children’s"),
        ("childrenÃ¢â‚¬â„¢s", "children’s"),
        ("childrenâ\x80\x99s", "children’s"),
        ("caf├⌐", "café"),
        ("Ni√±os", "Niños"),
        ("areas of law:¬† ¬† HOUSING", "areas of law:\xa0 \xa0 HOUSING"),
        ("Tiáº¿ng Viá»‡t", "Tiếng Việt"),
        ("ESPAÃ‘OL and niÃ±o said “Ã”", "ESPAÑOL and niño said “Ô"),
    ],
)
def test_known_cases(broken, right):
    assert mend_mojibake(broken) == right


@pytest.mark.parametrize("text", NATURAL)
def test_natural_text_stays(text):
    assert mend_mojibake(text) == text


@given(st.text(alphabet=st.sampled_from("aeiou nN.,áéíóúñÑüçÁÉÍÓÚ¿¡’“”–—…ãõâêôàèß°ºª«»")))
@example("ÁÉÍÓÚ”")
def test_letters_of_our_languages_stay(text):
    assert mend_mojibake(text) == text


@given(st.text())
def test_mending_again_changes_nothing_and_never_fails(text):
    once = mend_mojibake(text)
    assert len(once) <= len(text)
