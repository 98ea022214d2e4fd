"""When and where work runs: the only parallelism."""
