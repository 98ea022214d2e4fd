"""Cells and nuclei by Cellpose: published or user-trained weights, run by the package's networks.

`packages` finds which line of the package is installed, `weights` where its files are.
"""
