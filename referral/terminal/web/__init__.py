"""A shared computer: nothing of one person is there for the next."""
