"""Tests of referral/local_notes."""
