"""The patron's list of chosen services."""
