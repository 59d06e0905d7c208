"""Pages of applications, scores and reviews."""
