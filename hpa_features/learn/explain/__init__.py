"""Reasons: how far each block of columns moves a model's scores, of one row or of all."""
