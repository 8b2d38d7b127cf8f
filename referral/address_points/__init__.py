"""Address points of the library: parsing of their file, and positions of locations from them."""
