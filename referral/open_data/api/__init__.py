"""The API of HSDS: public records for other programs, in the form of the standard."""
