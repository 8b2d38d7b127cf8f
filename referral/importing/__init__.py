"""Provider lists read into records and problems; nothing here touches the store.

An import is ``hold_back(check_links(open_list(path).read(source), known))``: items in order,
parents before children, with every place that may have to stay secret withheld.
"""

from referral.importing.formats import FORMATS
from referral.importing.held import hold_back
from referral.importing.items import Item, ReadRecord, RefusedRow
from referral.importing.links import check_links
from referral.importing.lists import ProviderList, open_list

__all__ = [
    "FORMATS",
    "Item",
    "ProviderList",
    "ReadRecord",
    "RefusedRow",
    "check_links",
    "hold_back",
    "open_list",
]
