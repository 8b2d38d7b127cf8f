"""Printed pages, read from the PDF that a browser produces."""

import io
from unicodedata import normalize

from playwright.sync_api import Page
from pypdf import PdfReader


def printed_sheets(page: Page) -> list[str]:
    """Return the text of each sheet that a page prints, with single spaces and no ligatures."""
    reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    return [" ".join(normalize("NFKC", sheet.extract_text()).split()) for sheet in reader.pages]
