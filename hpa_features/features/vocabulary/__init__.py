"""The vocabulary: what a formula can ask for. One kind of node is one kernel.

`images` what is measured, `parts` where, `sums` how; the other files hold places of the cell that
several families use, and what only one family uses is next to that family.
"""
