"""Recording live: opening, chunks, marks, whose face and voice, closing."""
