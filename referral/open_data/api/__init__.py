"""The HSDS API: public records for other programs in the form of the standard."""
