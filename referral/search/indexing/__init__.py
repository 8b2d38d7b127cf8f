"""Indexing: documents, sync with the change log, generations, index writers."""
