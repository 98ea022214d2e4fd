"""Where and when work runs; the only parallelism. It gets picklable functions from `pipeline`.

`pool` runs tasks in processes, `parts` cuts fields into tasks, `attempt` lets one field fail
alone, `threads` keeps every process to one thread, `kernel_cache` says where compiled kernels lie.
"""
