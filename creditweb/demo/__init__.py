"""What ``make run`` shows: invented people, their history, and recordings made by code."""
