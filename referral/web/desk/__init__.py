"""The desk: one page for the cycle from a need to its follow-up, beside the public's results."""
