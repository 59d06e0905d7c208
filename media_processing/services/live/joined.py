"""From the chunks of a closed capture to the one sealed file that an upload would have been."""

from collections.abc import Iterator
from functools import partial

from django.db import transaction

from media_processing.models import CaptureSession, LiveCapture, LiveChunk, Recording, Stage
from media_processing.services import storage


def join(recording: Recording) -> None:
    """Give a live recording its source file, size and sha256; an upload has them already.

    The takes' bytes stand one after another; ``LiveTake.size_bytes`` says where one ends. Joining
    twice changes nothing. Raises MissingError or ErasedError as reading a sealed file does, the
    latter also where the session is erased meanwhile; then no file is left.
    """
    live = LiveCapture.objects.filter(recording=recording).first()
    if live is None or recording.source_key:
        return
    chunks = list(LiveChunk.objects.filter(take__live=live).order_by("take__number", "sequence"))
    stored = storage.write(recording.session, _content(recording, chunks))
    try:
        with transaction.atomic():
            _keep(recording, stored, chunks)
    except BaseException:
        storage.remove([stored.key])
        raise


def _content(recording: Recording, chunks: list[LiveChunk]) -> Iterator[bytes]:
    for chunk in chunks:
        with storage.reading(recording.session, chunk.key) as sealed:
            yield from sealed.iterate()


def _keep(recording: Recording, stored: storage.StoredFile, chunks: list[LiveChunk]) -> None:
    # The session before the recording, as an erasure does: it comes before or after.
    sessions = CaptureSession.objects.select_for_update(no_key=True)
    session = sessions.filter(pk=recording.session_id).first()
    if session is None or session.data_key is None:
        raise storage.ErasedError(str(recording.session_id))
    locked = Recording.objects.select_for_update(of=["self"]).get(pk=recording.pk)
    if locked.source_key:
        # Another worker was faster; its file stands.
        transaction.on_commit(partial(storage.remove, [stored.key]))
    else:
        locked.source_key, locked.sha256 = stored.key, stored.sha256
        locked.size_bytes = stored.size_bytes
        locked.save(update_fields=["source_key", "sha256", "size_bytes"])
        Stage.objects.filter(job__recording=locked).update(input_sha256=stored.sha256)
        LiveChunk.objects.filter(pk__in=[chunk.pk for chunk in chunks]).delete()
        transaction.on_commit(partial(storage.remove, [chunk.key for chunk in chunks]))
    recording.refresh_from_db()
