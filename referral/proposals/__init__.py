"""Proposals: places that somebody says the directory lacks, until staff decide on them."""
