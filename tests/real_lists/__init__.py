"""Search on provider lists that others made."""
