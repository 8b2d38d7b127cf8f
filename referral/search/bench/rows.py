"""A synthetic listing as the flat row that other engines index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from referral.records.listing import Listing

NOWHERE = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One service. A service without a place lies at 0, 0, where no question looks."""

    listing: Listing

    def as_document(self) -> dict[str, Any]:
        """Names and values as every rival takes them."""
        listing = self.listing
        latitude, longitude = NOWHERE
        if listing.sites:
            location = listing.sites[0].location
            latitude, longitude = location.latitude or 0.0, location.longitude or 0.0
        return {
            "id": listing.service.id,
            "name": listing.service.name,
            "organization": listing.organization.name if listing.organization else "",
            "description": listing.service.description,
            "eligibility": listing.service.eligibility_description,
            "heading": listing.headings[0],
            "languages": " ".join(language.code for language in listing.languages),
            "free": "free" if listing.is_free else "paid",
            "latitude": float(latitude),
            "longitude": float(longitude),
        }
