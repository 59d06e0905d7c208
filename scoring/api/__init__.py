"""The API of applications, scores and flags."""
