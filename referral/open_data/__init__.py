"""Open data: the public part of the directory as an API, a feed of changes and files."""
