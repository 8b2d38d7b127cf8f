"""The benchmark: search speed beside other engines, on the same records and queries.

``python -m bench --help`` says how to run it; ``docs/measured.md`` defines its numbers.
"""
