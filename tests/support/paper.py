"""What a browser prints, read as the PDF that it makes."""

import io
from unicodedata import normalize

from playwright.sync_api import Page
from pypdf import PdfReader


def printed_sheets(page: Page) -> list[str]:
    """The text of each sheet that Ctrl-P would print: single spaces, no ligatures."""
    reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    return [" ".join(normalize("NFKC", sheet.extract_text()).split()) for sheet in reader.pages]
