"""Page toolkit that the pages of every feature share."""
