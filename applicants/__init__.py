"""Who applies, and what they asked for: the lowest layer."""
