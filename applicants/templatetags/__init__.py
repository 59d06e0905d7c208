"""Template tags that every page of the site uses."""
