"""How large the numbers of a model may be: sums and products of them stay finite.

A chain of learners multiplies at most eight such numbers and divides by two: below 1e300.
"""

LARGEST = 1e30
SMALLEST = 1e-50  # of what is divided by
COMPARED = 1e300  # of what is only compared; LightGBM writes it for infinity
