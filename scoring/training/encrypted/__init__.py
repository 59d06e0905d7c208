"""Estimators for scoring on encrypted values: what can be evaluated under CKKS, and how exactly."""
