"""Evaluation of search: the exam and its metrics."""
