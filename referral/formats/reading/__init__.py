"""What all readers share: cells, rows, joins, areas, terms, protection flags."""
