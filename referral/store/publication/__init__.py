"""The publication ledger: what of the directory was published, when it changed, what is gone."""
