"""What can be done: scoring again, taking evidence, deciding flags, changing the policy."""
