"""How much may be sent, and for how long evaluation keys are kept."""

MAX_REQUEST_BYTES = 2_000_000
MAX_KEY_BYTES = 130_000_000
KEY_DAYS = 30
