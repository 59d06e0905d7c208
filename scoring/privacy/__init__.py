"""PURE: scoring without seeing the data (tokens, encrypted inference, synthetic applicants)."""
