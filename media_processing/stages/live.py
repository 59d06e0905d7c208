"""The live stage: a recording is decoded and observed while it is being made.

It ends when the recording is closed; what it wrote stays on the page until the closing pass over
the whole replaces it. It never decides what is kept: what it cannot read or has no time for, the
closing pass reads.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from typing import Any

import structlog
from django.conf import settings

from media_processing import stopping
from media_processing.analysis.subject import FaceAnchor, Subject
from media_processing.analysis.types import Modality, QualityFinding, Severity
from media_processing.modalities.face_watch import FRAME_RATE_HZ, MAIN_PERSON
from media_processing.modalities.live_watch import LiveWatch
from media_processing.models import LiveProgress, Recording, Stage
from media_processing.sandbox.live_decoder import Ended, Message, Picture, Sound
from media_processing.services.jobs import Outcome
from media_processing.services.live import watching
from media_processing.services.live.subject import subject_and_version, subject_for
from media_processing.stages.base import StageContext
from media_processing.stages.live_feed import TakeFeed
from media_processing.stages.live_limits import limits_after
from media_processing.stages.live_rows import Rows
from media_processing.stages.live_shedding import Shedding

logger = structlog.get_logger(__name__)

PROGRESS_EVERY_S = 0.5
# An earlier take that a newer one follows is waited for this long; the closing pass has it all.
LEAVE_TAKE_AFTER_S = 2.0
# An attempt that has worked for so long is no failing one.
PROVEN_AFTER_S = 20.0


def run(context: StageContext) -> Outcome:
    """Watch a recording until it is closed, or give the stage back.

    It is given back when nothing comes any more, and when the worker was asked to end.

    Raises StageLostError once the stage was taken over, cancelled or given back.
    """
    with ExitStack() as stack:
        _Pass(context, stack).run()
    return Outcome(Stage.State.DONE)


class _Pass:
    """One worker's watch over a live recording."""

    def __init__(self, context: StageContext, stack: ExitStack) -> None:
        self._context, self._stack = context, stack
        self._recording: Recording = context.recording
        self._live_id = self._recording.live.pk
        watching.hold_against_newest_word(context.claim, self._live_id)
        self._rows = Rows(context)
        progress = LiveProgress.objects.get(live=self._live_id)
        # A walk is watched anew from its start: its measures are of the whole way.
        is_walk = Modality.GAIT in self._rows.modalities
        seen_s = float(progress.horizons.get(Modality.FACE, 0.0))
        self._resume_s = 0.0 if is_walk else _after(seen_s)
        self._said_before = set(subject_for(self._recording).face or ())
        self._last_seen = _last_seen(progress.faces, self._resume_s)
        self._heeded = progress.subject_version
        self._watch = LiveWatch(
            self._rows.weights_dir, self._rows.modalities, self._subject(), self._rows.known()
        )
        stack.callback(self._watch.close)
        self._findings: list[dict[str, Any]] = list(progress.findings)
        self._shedding = Shedding(progress.shed_frames, self._watch.rate_hz, is_walk)
        self._take: TakeFeed | None = None
        self._came_s = self._started_s = time.monotonic()
        self._told_s = 0.0
        self._is_proven = False

    def run(self) -> None:
        while watching.is_open(self._live_id):
            self._begin_take()
            self._feed()
            self._listen()
            self._tell()
            if stopping.is_asked():
                self._leave()
            if time.monotonic() - self._came_s > settings.LIVE_IDLE_S:
                watching.give_back(self._context.claim, is_wanted=False)

    def _leave(self) -> None:
        """Say how far this pass came, and let another worker go on from there at once."""
        logger.info("live_worker_leaves", stage=self._context.claim.stage_id)
        watching.note_progress(self._context.claim, self._live_id, self._progress())
        watching.give_back(self._context.claim, is_wanted=True)

    def _begin_take(self) -> None:
        """Go on to the next take once the one at hand is decoded to its end."""
        take = self._take
        following = watching.next_take(self._live_id, take.number if take else 0)
        if following is None:
            return
        if take is not None and not take.has_ended:
            if time.monotonic() - self._came_s > LEAVE_TAKE_AFTER_S:
                take.finish()
            return
        if take is not None:
            take.decoder.close()
        self._take = TakeFeed(
            self._context,
            following,
            self._watch.rate_hz,
            self._resume_s,
            skip_after_s=self._shedding.skip_after_s,
            limits=limits_after(self._decoded_s),
        )
        self._stack.callback(self._take.decoder.close)
        self._watch.begin_take(self._take.offset_s)

    def _feed(self) -> None:
        if self._take is not None and self._take.feed():
            self._came_s = time.monotonic()
        self._watch.confirm(self._subject())

    def _subject(self) -> Subject:
        """Return what the officer said; after a lost worker also where its subject was seen last.

        A watch that begins in the middle never saw the moment of the officer's confirmation. Once
        the officer takes that back, who was seen last is nobody's subject either.
        """
        said, self._heeded = subject_and_version(self._recording)
        if not self._said_before <= set(said.face or ()):
            self._last_seen = None
        if self._last_seen is None or not said.face:
            return said
        anchors = sorted((*said.face, self._last_seen), key=lambda anchor: anchor.t_s)
        return replace(said, face=tuple(anchors))

    def _listen(self) -> None:
        """Look at what is decoded by now."""
        if self._take is None:
            time.sleep(settings.LIVE_POLL_S)
            return
        for message in self._take.messages():
            self._look(self._take, message)

    def _look(self, take: "TakeFeed", message: Message) -> None:
        if isinstance(message, Sound):
            self._watch.sound(message.samples)
        elif isinstance(message, Picture):
            t_s = take.offset_s + message.t_s
            self._shedding.shed += message.skipped
            if self._shedding.keeps(message.t_s, behind_s=take.fed_s - message.t_s):
                self._watch.picture(t_s, message.image_bgr)
        elif message.refusal is not None:
            self._note_unreadable(take, message)

    def _note_unreadable(self, take: "TakeFeed", ended: Ended) -> None:
        assert ended.refusal is not None
        logger.warning("live_take_unreadable", take=take.number, detail=ended.refusal.detail)
        self._findings.append(asdict(unreadable_finding(take.number)))

    def _tell(self) -> None:
        now_s = time.monotonic()
        self._context.progress(round(self._decoded_s * 1000), 0)
        self._rows.write(self._watch)
        if now_s - self._told_s >= PROGRESS_EVERY_S:
            self._told_s = now_s
            watching.note_progress(self._context.claim, self._live_id, self._progress())
        if not self._is_proven and now_s - self._started_s > PROVEN_AFTER_S:
            self._is_proven = True
            watching.proven(self._context.claim)

    @property
    def _decoded_s(self) -> float:
        return max(self._watch.horizons_s.values(), default=0.0)

    def _progress(self) -> watching.Progress:
        return watching.Progress(
            decoded_s=self._decoded_s,
            horizons_s=self._watch.horizons_s,
            shed_frames=self._shedding.shed,
            people=self._watch.people,
            faces=self._watch.faces,
            bodies=self._watch.bodies,
            measures=self._watch.measures,
            findings=self._findings,
            subject_version=self._heeded,
        )


def _after(seen_s: float) -> float:
    """Return a time after the picture at ``seen_s`` and before the next."""
    return seen_s + 0.5 / FRAME_RATE_HZ if seen_s > 0 else 0.0


def _last_seen(faces: Sequence[dict[str, Any]], t_s: float) -> FaceAnchor | None:
    """Return where the subject's face was when an earlier worker saw it last."""
    boxes = [face["box"] for face in faces if face["person"] == MAIN_PERSON]
    return FaceAnchor(t_s, *map(float, boxes[0])) if boxes and t_s > 0 else None


def unreadable_finding(take: int) -> QualityFinding:
    """Return what the officer should know about a take that the live pass cannot read."""
    return QualityFinding(
        "LIVE_TAKE_UNREADABLE",
        Severity.WARNING,
        float(take),
        "This part of the recording cannot be shown live. It is kept and read after the end; "
        "if faces or voice stay away, stop and start the recording again.",
    )
