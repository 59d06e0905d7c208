"""Which pictures are left out while the live pass is behind. Recorded bytes never are."""

from dataclasses import dataclass

from django.conf import settings

from media_processing.analysis.gait_tracks import LONGEST_GAP_S
from media_processing.modalities.face_watch import FRAME_RATE_HZ

# Every second picture, and every fourth: a face that is looked at every 0.8 s is still followed.
SOME, MORE = 2, 4
_TOLERANCE = 0.05


@dataclass(slots=True)
class Shedding:
    """Counts what is shed in ``shed``, of pictures that come at ``rate_hz``.

    Where somebody walks no gap may be longer than the path of a body bridges.
    """

    shed: int = 0
    rate_hz: float = FRAME_RATE_HZ
    is_walk: bool = False

    def keeps(self, t_s: float, *, behind_s: float) -> bool:
        """Say whether the picture at ``t_s`` of its take is looked at, ``behind_s`` late."""
        step = 1
        if behind_s > settings.LIVE_SHED_AFTER_S:
            step = self._most() if behind_s > settings.LIVE_SHED_MORE_AFTER_S else SOME
        if int(t_s * self.rate_hz + _TOLERANCE) % step == 0:
            return True
        self.shed += 1
        return False

    @property
    def skip_after_s(self) -> float | None:
        """How much may wait before pictures are skipped undecoded; None: the gaps are too long."""
        return None if self.is_walk else settings.LIVE_SKIP_AFTER_S

    def _most(self) -> int:
        return int(LONGEST_GAP_S * self.rate_hz) if self.is_walk else MORE
