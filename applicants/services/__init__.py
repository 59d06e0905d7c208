"""Writes. A service checks, changes and audits in one transaction."""
