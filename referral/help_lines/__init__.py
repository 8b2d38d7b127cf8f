"""Help lines: editing and validation; ``directory.help_lines`` reads them."""
