"""The rights of people over their data: what is held, copied, corrected, restricted, erased."""
