"""Geometry of the small drawings that a template writes as SVG, in percent of their width."""

from dataclasses import dataclass

from scoring.engine.policy import Band, PolicyParameters
from scoring.engine.types import MAX_SCORE_POINTS, MIN_SCORE_POINTS


def x_percent(score_points: float) -> float:
    """Return where a score lies on the scale, 0…100."""
    share = (score_points - MIN_SCORE_POINTS) / (MAX_SCORE_POINTS - MIN_SCORE_POINTS)
    return round(100 * min(max(share, 0.0), 1.0), 2)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One band on the track; ``shade`` counts from 1, the lowest."""

    name: str
    from_points: int
    x_percent: float
    width_percent: float
    shade: int


@dataclass(frozen=True, slots=True)
class BandTrack:
    """The scale with its bands, the cut-off and the two scores."""

    stretches: tuple[Stretch, ...]
    cut_off_points: int
    cut_off_percent: float
    financial_percent: float
    final_percent: float


def band_track(policy: PolicyParameters, financial_points: int, final_points: int) -> BandTrack:
    """Lay out the scale of a policy with the score without and with behaviour."""
    cut_off = policy.approval_cut_off_points
    return BandTrack(
        _stretches(policy.bands),
        cut_off,
        x_percent(cut_off),
        x_percent(financial_points),
        x_percent(final_points),
    )


def _stretches(bands: tuple[Band, ...]) -> tuple[Stretch, ...]:
    starts = [x_percent(band.from_points) for band in bands]
    ends = [*starts[1:], 100.0]
    return tuple(
        Stretch(band.name, band.from_points, start, round(end - start, 2), shade)
        for shade, (band, start, end) in enumerate(zip(bands, starts, ends, strict=True), start=1)
    )


@dataclass(frozen=True, slots=True)
class CapMeter:
    """The adjustment between minus and plus its cap."""

    cap_points: int
    points: int
    x_percent: float
    width_percent: float


def cap_meter(cap_points: int, points: int) -> CapMeter:
    """Lay out an adjustment within its cap; without a cap nothing is drawn."""
    width = 50.0 * min(abs(points) / cap_points, 1.0) if cap_points else 0.0
    start = 50.0 if points >= 0 else 50.0 - width
    return CapMeter(cap_points, points, round(start, 2), round(width, 2))
