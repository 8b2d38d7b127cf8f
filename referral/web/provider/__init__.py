"""The page by which a provider looks its own listing over, without an account."""
