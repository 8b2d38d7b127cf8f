"""Pages of staff for words, headings, taxonomies, texts and the search exam."""
