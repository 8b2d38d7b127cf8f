"""Offline gazetteer of ZIP codes, towns and counties, with county outlines."""
