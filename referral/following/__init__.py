"""Following: lists of partners that are fetched by themselves, and reviewed like any import."""
