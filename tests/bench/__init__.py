"""How quick search is, measured beside what else could be used: same records, same questions."""
