"""Which pictures are left out while the live pass is behind. Recorded bytes never are."""

from dataclasses import dataclass

from django.conf import settings

from media_processing.modalities.face_watch import FRAME_RATE_HZ

# Every second picture, and every fourth: a face that is looked at every 0.8 s is still followed.
SOME, MORE = 2, 4
_TOLERANCE = 0.05


@dataclass(slots=True)
class Shedding:
    """Counts what is shed in ``shed``."""

    shed: int = 0

    def keeps(self, t_s: float, *, behind_s: float) -> bool:
        """Say whether the picture at ``t_s`` of its take is looked at, ``behind_s`` late."""
        step = 1
        if behind_s > settings.LIVE_SHED_AFTER_S:
            step = MORE if behind_s > settings.LIVE_SHED_MORE_AFTER_S else SOME
        if int(t_s * FRAME_RATE_HZ + _TOLERANCE) % step == 0:
            return True
        self.shed += 1
        return False
