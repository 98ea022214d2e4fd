"""A field in, its masks out."""
