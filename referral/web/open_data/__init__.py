"""Open data: answers for other programs, and limits on how often they may ask."""
