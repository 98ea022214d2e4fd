"""Arrays in, arrays out: no names, no files."""
