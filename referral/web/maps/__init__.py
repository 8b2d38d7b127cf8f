"""Maps: locator maps with tiles and markers, maps of numbers in SVG, directions."""
