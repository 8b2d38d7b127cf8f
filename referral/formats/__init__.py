"""Provider lists read into records and problems; nothing here touches the store.

An import is ``hold_back(check_links(open_list(path).read(source), known))``: items in order,
parents before children, with every place that may have to stay secret withheld.
"""
