"""Soak tests: hours of one kind of trouble, to be stopped and continued."""
