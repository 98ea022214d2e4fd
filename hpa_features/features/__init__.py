"""Fields and masks in, feature tables out."""
