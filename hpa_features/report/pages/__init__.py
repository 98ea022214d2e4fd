"""Self-contained HTML pages: one file, no network, works without its script."""
