"""What the score's side tells those above it, which it may not import."""

from django.dispatch import Signal

# Somebody is about to decide ``application``. A receiver that knows why it is too early raises
# ProblemError, and nothing is decided.
deciding = Signal()
