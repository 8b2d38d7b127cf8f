"""Slips: services under a short code that says nothing of whose it is."""

# What other parts of the product may import, by module.
INTERFACE = {
    "records": ("SLIP_LANGUAGES", "SlipItem", "SlipReply"),
    "rows": ("SlipItemRow", "SlipReplyRow", "SlipRow"),
    "slips": (
        "MOST_ON_A_SLIP",
        "end_slips",
        "end_slips_of",
        "make_slip",
        "read_slip",
        "slip_row",
    ),
}
