"""Help lines: editing and validation; ``directory.help_lines`` reads them."""

# What other parts of the product may import, by module.
INTERFACE: dict[str, tuple[str, ...]] = {}
