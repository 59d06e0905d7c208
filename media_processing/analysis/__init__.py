"""Signal analysis of canonical media: pure functions, no Django, no network weights of our own."""
