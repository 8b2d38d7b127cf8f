"""What a browser prints, read as the PDF that it makes."""

import io

from playwright.sync_api import Page
from pypdf import PdfReader


def printed_sheets(page: Page) -> list[str]:
    """The text of each sheet that Ctrl-P would print, with single spaces."""
    reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    return [" ".join(sheet.extract_text().split()) for sheet in reader.pages]
