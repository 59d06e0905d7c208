"""The pure mathematics of the score: no database, no web, no clock.

Numeric conventions of the whole package:

- points are whole numbers, so that sums of contributions are exact;
- money is :class:`decimal.Decimal` and enters only as exact ratios, so that the currency's scale
  cannot change a score;
- percentages lie in 0…100, probabilities and shares in 0…1, ages are whole days;
- *bad* is the event of the training data (default), *good* the non-event, and WOE is
  ln(share of good / share of bad): higher is safer.
"""
