"""The parts of the pages of networks, ready for their templates."""

from collections.abc import Sequence
from dataclasses import dataclass

from media_processing.analysis.types import EMOTIONS
from media_processing.inference.manifest import NetworkEntry
from media_processing.models import NetworkProposal, ShadowRun
from media_processing.selectors import networks
from scoring.models import ModelVersion


@dataclass(frozen=True, slots=True)
class Row:
    """A place of the list: what stands there, what is in shadow, what is proposed."""

    name: str
    in_force: NetworkEntry | ModelVersion
    is_own: bool
    shadow: ModelVersion | None
    proposal: NetworkProposal | None


@dataclass(frozen=True, slots=True)
class LabelShift:
    """How often a label leads, as shares 0…1 of the moments; ``change`` in percentage points."""

    label: str
    in_force: float
    in_shadow: float

    @property
    def change(self) -> float:
        return 100 * (self.in_shadow - self.in_force)


@dataclass(frozen=True, slots=True)
class ShadowFigures:
    """All runs of a version in shadow taken together; ``distance`` is a mean, 0…1."""

    recordings: int
    failures: int
    observations: int
    agreement: float
    distance: float
    labels: Sequence[LabelShift]


def network_rows() -> list[Row]:
    versions = ModelVersion.objects.filter(kind=ModelVersion.Kind.NETWORK, is_own=True)
    own = {each.name: each for each in versions.filter(state=ModelVersion.State.ACTIVE)}
    shadows = {each.name: each for each in versions.filter(state=ModelVersion.State.SHADOW)}
    proposals = {
        each.version.name: each
        for each in NetworkProposal.objects.filter(state=NetworkProposal.State.OPEN).select_related(
            "version"
        )
    }
    return [
        Row(
            shipped.name,
            own.get(shipped.name, shipped),
            shipped.name in own,
            shadows.get(shipped.name),
            proposals.get(shipped.name),
        )
        for shipped in networks()
    ]


def shadow_figures(version: ModelVersion) -> ShadowFigures | None:
    """Return what the shadow runs of a version amount to; None where it never was in shadow."""
    runs = list(ShadowRun.objects.filter(version=version))
    if not runs and version.state != ModelVersion.State.SHADOW:
        return None
    compared = sum(run.compared for run in runs)
    shares = max(compared, 1)
    counts = [
        (sum(run.labels_in_force[place] for run in runs),
         sum(run.labels_in_shadow[place] for run in runs))
        for place in range(len(EMOTIONS))
    ]  # fmt: skip
    return ShadowFigures(
        recordings=sum(run.compared > 0 for run in runs),
        failures=sum(bool(run.error) for run in runs),
        observations=compared,
        agreement=sum(run.agreed for run in runs) / shares,
        distance=sum(run.distance_sum for run in runs) / shares,
        labels=[
            LabelShift(label, before / shares, after / shares)
            for label, (before, after) in zip(EMOTIONS, counts, strict=True)
        ],
    )
