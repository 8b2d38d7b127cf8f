"""Vocabulary: thesaurus, crisis words, headings, taxonomies, site texts."""
