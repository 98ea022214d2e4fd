"""Fields in, their masks out.

A `Segmenter` finds the cells of a batch of fields; `segmenter_of` gives the one that settings
name. Watershed takes nuclei from DNA (`nuclei`), what is cell from ER and Microtubules
(`cytoplasm`), grows the cells (`cells`), puts nuclei that share one together (`sharing`) and
outlines each nucleus again (`outlines`); `reconcile` makes any two label images clean `Masks`.
"""

from hpa_features.segmentation.segmenter import Segmenter, prepared_segmenter, segmenter_of

__all__ = ["Segmenter", "prepared_segmenter", "segmenter_of"]
