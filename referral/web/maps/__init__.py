"""Maps: drawn as SVG, and points for the interactive one."""
