"""The open web: files and pages for search engines, browsers and other sites."""
