"""Kernels over a whole plane or label image, for finding cells; the others work on crops."""
