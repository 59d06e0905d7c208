"""Scoring on encrypted values: CKKS (Cheon, Kim, Kim and Song 2017) through SEAL in TenSEAL.

The client holds the secret key; the server holds the estimator and evaluation keys, and sees
neither the values nor the score. What that hides, and what it does not, stands in
docs/guides/encrypted_scoring.md.
"""
