"""Open data: how data for programs of others is answered, and how often one may ask."""
