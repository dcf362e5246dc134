"""`make evaluate`: how well the assistant understands and how safely it answers."""
