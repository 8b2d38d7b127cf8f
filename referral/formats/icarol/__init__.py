"""The CSV export of iCarol."""
