"""Whoosh codec (``whoosh.codec.base``) that stores each index segment as one file of arrays.

Whoosh's own writers, readers and searchers work with it, and so does our search. The classes of
``array_codec`` are pickled into index files by the name of their module: do not move them.
"""
