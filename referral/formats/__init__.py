"""Provider lists read into records and problems; nothing here touches the store.

An import is ``withhold_shelters(check_links(open_list(path).read(source), known))``: items,
parents before children, with the places of probable safe houses withheld.
"""
