"""Records and tables → bytes of files; never the store."""
