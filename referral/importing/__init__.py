"""Provider lists read into records and problems; nothing here touches the store.

An import is ``hold_back(check_links(open_list(path).read(source), known))``: items in order,
parents before children, with every place that may have to stay secret withheld.
"""

from referral.importing.formats import FORMATS
from referral.importing.held import hold_back
from referral.importing.items import Item, ReadRecord, RefusedRow
from referral.importing.links import check_links
from referral.importing.lists import ProviderList, open_list, open_sheets
from referral.importing.mapping import ColumnMapping, mapping_from_json
from referral.importing.proposing import propose_mapping
from referral.importing.spreadsheet import apply_mapping

__all__ = [
    "FORMATS",
    "ColumnMapping",
    "Item",
    "ProviderList",
    "ReadRecord",
    "RefusedRow",
    "apply_mapping",
    "check_links",
    "hold_back",
    "mapping_from_json",
    "open_list",
    "open_sheets",
    "propose_mapping",
]
