"""Proposals: places that somebody says the directory lacks, until staff decide on them."""

# What other parts of the product may import, by module.
INTERFACE = {
    "proposed_places": ("propose_place", "read_proposal"),
    "records": ("Proposal", "ProposedPlace"),
    "rows": ("ProposedPlaceRow",),
}
