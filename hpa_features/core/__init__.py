"""Shared by all packages: types, locations, errors, settings, progress; imports none of them."""
