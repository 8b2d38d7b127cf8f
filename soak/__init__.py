"""Soak tests: hours of one kind of trouble, which can be stopped and continued."""
