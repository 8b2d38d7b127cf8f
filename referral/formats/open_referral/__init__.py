"""Open Referral lists: HSDS 1, 2 and 3, ORServices and Ohana."""
