"""Cells and nuclei by Cellpose: published or user-trained weights, run by the package's networks.

`packages` finds which line of the package is installed, `weights` where its files are, `resolve`
completes the settings of a run. `segmenter` prepares images (`inputs`), runs a network on them
(`network`, `tiles`, `devices`), makes regions of its flows (`masks`) and cells of the regions
(`assemble`). `download` fetches published weights when asked to.
"""
