"""Address points of the library: their file, and positions of places looked up in them."""
