"""The test suite of Referral."""
