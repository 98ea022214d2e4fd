"""What a run leaves on disk, whole under its final names, and how the next run resumes from it.

`parts` writes the tables of some fields, `journal` remembers which fields are done from which
inputs, `folder` ties them together under a lock, `run_file` compares settings, `failures` lists
what failed, `output` reads ``-o``, `writers` writes one table to a file or a stream.
"""
