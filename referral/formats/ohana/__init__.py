"""The CSV files of the Ohana API."""
