"""Files to arrays and tables, and back."""
