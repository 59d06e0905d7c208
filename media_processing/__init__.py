"""Files in, evidence out."""
