"""What people look at; given plain data."""
