"""The invented county: sample accounts and a year of sample inquiries."""
