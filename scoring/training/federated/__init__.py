"""Federated training across branches: everything that leaves a branch is a sum over its rows.

The branch's part (``agreement``, ``grid``, ``rows``, ``sums``, ``branch``, ``secure``) needs numpy
alone, so that a branch starts fast and its code is short enough to be read before it is trusted.
"""
