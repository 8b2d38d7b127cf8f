"""Languages of pages: catalogues and locales."""
