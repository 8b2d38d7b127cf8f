"""Page toolkit: parts that the pages of all features share."""
