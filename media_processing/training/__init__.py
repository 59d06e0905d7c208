"""Offline training and evaluation of the networks; the running site never imports it."""
