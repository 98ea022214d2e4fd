"""How large the numbers of a model may be, so that no sum or product of them is infinite.

The longest products have six factors (weights of input, line, blend, stack and calibration: 1e180)
or six over one divisor (squared residuals of novelty over their limit: 1e230).
"""

LARGEST = 1e30
SMALLEST = 1e-50  # of what is divided by
COMPARED = 1e300  # of what is only compared
