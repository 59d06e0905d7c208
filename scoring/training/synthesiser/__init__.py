"""Synthetic applicants: a conditional WGAN-GP over mixed tables, its report, and its files."""
