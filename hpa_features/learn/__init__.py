"""Tables in; model, labels and reasons out."""
