"""Measures search beside other engines, over one synthetic directory, in one run."""
