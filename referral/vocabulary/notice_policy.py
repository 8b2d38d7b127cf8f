"""Notice on all pages and inclusion policy: texts that the library writes itself."""

from __future__ import annotations

from datetime import date

from referral.directory.instance import Instance
from referral.directory.site_texts import NOTICE, POLICY, SiteText
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.vocabulary.edit_history import save_vocabulary
from referral.vocabulary.records import RowValues, VocabularyRefusal, VocabularyRefusedError

KIND = "site_text"
LONGEST = {NOTICE: 600, POLICY: 20_000}


def save_text(
    instance: Instance,
    actor: Actor,
    name: str,
    english: str,
    spanish: str,
    until: date | None = None,
) -> str:
    """Save the notice on all pages or the inclusion policy.

    If empty in both languages, it is removed from the pages.

    Raises:
        NotFoundError: there is no such text.
        VocabularyRefusedError: the text is too long.
    """
    if name not in LONGEST:
        raise NotFoundError("There is no such text.")
    texts = [tidy_text(english), tidy_text(spanish)]
    if max(map(len, texts)) > LONGEST[name]:
        raise VocabularyRefusedError(VocabularyRefusal.TOO_LONG)
    values = {
        "text_en": texts[0],
        "text_es": texts[1],
        "until": until.isoformat() if until else "",
    }
    return save_vocabulary(instance, actor, f"{name}-changed", [RowValues(KIND, name, values)])


def read_text(instance: Instance, name: str) -> SiteText:
    """Return the current notice on all pages or the current inclusion policy.

    Raises:
        NotFoundError: there is no such text.
    """
    if name not in LONGEST:
        raise NotFoundError("There is no such text.")
    instance.texts.refresh()
    return instance.texts.text(name)


def tidy_text(text: str) -> str:
    """Tidy a notice or policy that staff typed: LF line ends, no trailing spaces."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    printable = "\n".join(
        "".join(letter for letter in line if letter.isprintable()).rstrip() for line in lines
    )
    return printable.strip("\n")
