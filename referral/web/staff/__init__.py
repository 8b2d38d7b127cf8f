"""Frame of staff pages: session, permissions, navigation, audit labels."""
