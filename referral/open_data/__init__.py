"""Open data: what of the directory everybody may have, by API, feed and files."""
