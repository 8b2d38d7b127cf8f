"""Parsers and normal forms of single values: text, hours, phones, languages, places."""
