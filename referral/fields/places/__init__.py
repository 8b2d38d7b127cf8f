"""Places offline: the gazetteer of ZIP codes, towns and counties, and outlines."""
