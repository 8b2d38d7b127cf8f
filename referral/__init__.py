"""Referral: a directory of social services that a public library runs itself."""
