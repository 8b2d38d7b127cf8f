"""Tests of referral/capacity."""
