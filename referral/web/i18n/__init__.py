"""Languages of pages: catalogs and locales."""
