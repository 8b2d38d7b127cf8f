"""Public records: which may leave, all of them or a part."""
