"""Records and tables → bytes, for people and programs elsewhere. Never the store."""
