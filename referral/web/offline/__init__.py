"""Pages without a network: a service worker keeps the help lines, and the list that was seen last.

It is registered on pages of patrons, on their own devices, only. At a shared computer, and for
staff, the worker that is served ends an earlier one and empties its caches, and the script
``static/offline.js`` does the same on every page. Decision 22 says what is kept, and how locked.
"""
