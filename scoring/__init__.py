"""Evidence becomes a score, its explanation and, where a rule asks for it, a review."""
