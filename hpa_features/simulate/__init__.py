"""Fields whose truth is known."""
