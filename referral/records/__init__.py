"""What things are and the rules about them: frozen records and pure functions."""
