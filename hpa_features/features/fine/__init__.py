"""Sections of LandmarkFine: the places in a cell that one or two locations each are known by."""
