"""How often networks see each expression, month by month: counted per network, nobody named.

A recording counts once for each modality, with its newest hand-over and its mean probabilities.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth

from scoring.models import Evidence
from scoring.portfolio import next_month, start_of

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Network:
    """The file that gave a modality's probabilities."""

    modality: str
    name: str
    version: str
    sha256: str


def shares_of(month: date) -> dict[Network, FloatArray]:
    """Return the mean probabilities (recordings, 7) of a month, by network."""
    found: dict[Network, dict[object, list[float]]] = defaultdict(dict)
    rows = _within(month).order_by("sequence")
    told = rows.values_list("recording_id", "modality", "models_used", "summary")
    for recording, modality, used, summary in told.iterator():
        network = _network(modality, used)
        if network is not None:
            found[network][recording] = summary["mean_probabilities"]
    return {network: np.array(list(means.values())) for network, means in found.items()}


def first_month(network: Network, before: date, recordings: int) -> date | None:
    """Return the earliest month before another one with enough recordings of a network."""
    rows = _standing().filter(
        modality=network.modality, models_used__contains=[{"sha256": network.sha256}]
    )
    months = rows.annotate(month=TruncMonth("observed_at")).order_by("month").values("month")
    counted = months.annotate(n=Count("recording_id", distinct=True)).filter(n__gte=recordings)
    first = next((row["month"].date() for row in counted), None)
    return first if first is not None and first < before else None


def _standing() -> QuerySet[Evidence]:
    return Evidence.objects.filter(withdrawn_at__isnull=True, is_provisional=False)


def _within(month: date) -> QuerySet[Evidence]:
    return _standing().filter(
        observed_at__gte=start_of(month), observed_at__lt=start_of(next_month(month))
    )


def _network(modality: str, used: list[dict[str, str]]) -> Network | None:
    """Return the network of a modality; others among those used only found what it looked at."""
    own = next((each for each in used if each["name"].startswith(modality)), None)
    return own and Network(modality, own["name"], own["version"], own["sha256"])
