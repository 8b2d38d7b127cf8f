"""The desk: one page for the cycle from a need to its follow-up, beside the public's results."""

# Labels of codes first: forms read them when they are defined.
from referral.desk.web import labels as labels
