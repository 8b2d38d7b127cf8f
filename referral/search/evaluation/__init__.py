"""Evaluation of search: the exam, and baselines to compare with."""
