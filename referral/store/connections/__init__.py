"""The connection to the database: whether it answers, and its clock."""
