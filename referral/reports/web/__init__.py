"""Pages of reports: figures, charts, map, unmet needs and the filter form."""
