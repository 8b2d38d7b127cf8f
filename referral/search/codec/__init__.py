"""The index on disk as a codec of Whoosh (``whoosh.codec.base``): one file of arrays a segment.

Whoosh's own writers, readers and searchers work on it, and so does our search. The classes of
``array_codec`` are pickled into index files by the name of their module: do not move them.
"""
