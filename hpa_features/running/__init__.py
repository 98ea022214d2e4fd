"""Where and when work runs; the only parallelism. It gets picklable functions from `pipeline`.

`executor` is the protocol that verbs use, `pool` carries it out in processes (`worker`) of this
machine, `parts` cuts fields into tasks, `isolation` lets one field fail alone, `kept_results` and
`plain_results` keep what a long run has computed, `threads` keeps every process to one thread,
`kernel_cache` decides where compiled kernels are stored.
"""
