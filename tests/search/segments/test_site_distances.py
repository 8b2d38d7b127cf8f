"""Rings around a place are those that the distances to all sites give."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from referral.fields.places.lookup import Place, miles_between
from referral.search.sites import DISTANCES, lay_out_sites

positions = st.one_of(st.none(), st.tuples(st.floats(40.0, 43.0), st.floats(-82.0, -78.0)))


@given(st.lists(st.lists(positions, min_size=1, max_size=4), min_size=1, max_size=30))
def test_rings_are_those_of_the_nearest_known_site(documents):
    sites = [(doc, at) for doc, some in enumerate(documents) for at in some]
    docs = np.array([doc for doc, _ in sites], dtype=np.int32)
    nowhere = (np.nan, np.nan)
    latitudes, longitudes = np.array([at or nowhere for _, at in sites]).T
    located = np.array([any(some) for some in documents])
    place = Place(latitude=41.5, longitude=-80.0)
    rings = lay_out_sites(docs, latitudes, longitudes, located).rings(place)
    within = np.array([rings <= ring for ring in range(len(DISTANCES))])
    for near_enough, some in zip(within.T.tolist(), documents, strict=True):
        miles = [miles_between(41.5, -80.0, *at) for at in some if at]
        nearest = min(miles, default=0.0)  # nobody knows where: it is not too far
        if all(abs(nearest - distance) > 1e-6 for distance in DISTANCES):
            assert near_enough == [nearest <= distance for distance in DISTANCES]
