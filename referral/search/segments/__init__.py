"""Files of a segment beside Whoosh's own: postings, columns, bitmaps, orders."""
