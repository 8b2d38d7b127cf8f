"""Ranking: scores, bands, explanations."""
