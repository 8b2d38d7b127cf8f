"""Help lines as staff edit them; ``directory.help_lines`` reads them."""
