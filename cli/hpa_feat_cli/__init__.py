"""The `hpa-feat` command line: parse, one library call, print."""
