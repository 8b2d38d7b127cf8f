"""Programs that fit the models of Referral; the wheel does not contain them."""
