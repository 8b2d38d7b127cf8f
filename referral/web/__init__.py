"""The page toolkit: what the pages of every feature share."""
