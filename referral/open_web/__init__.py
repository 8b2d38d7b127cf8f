"""The open web: what search engines, browsers and other sites get from the directory."""
