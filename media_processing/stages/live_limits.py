"""How long a recording that was made live may be, its takes together."""

from django.conf import settings

from media_processing.sandbox.types import Limits

# What is decoded is a little longer than the recorder's clock said.
SLACK_S = 30.0


def limits_after(decoded_s: float) -> Limits:
    """Return the limits of a take that follows ``decoded_s`` seconds of its recording.

    Takes share one length: a hundred of the longest would each be read, and fill the memory.
    """
    return Limits(max_duration_s=max(0.0, settings.LIVE_MAX_S + SLACK_S - decoded_s))
