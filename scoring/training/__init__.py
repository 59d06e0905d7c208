"""Offline training of estimators. The running site imports nothing from here."""
