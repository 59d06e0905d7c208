"""One process that sends a batch and does a worker's part, and says what it took.

``python -m benchmarks.batch_process FILE`` over the database that DATABASE_URL names. A process of
its own, since the peak of its memory is what is measured.
"""

import json
import os
import sys
import time
from pathlib import Path

import django

READ_BYTES = 1024**2


def main(path: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    # Late: these need the app registry.
    from applicants.models import Officer
    from scoring.services import batch_downloads, batch_work, batches

    officer = Officer.objects.get(username="batch-benchmark")
    before_mb = _peak_mb()
    with path.open("rb") as file:
        content = iter(lambda: file.read(READ_BYTES), b"")
        size_bytes = path.stat().st_size
        job = batches.accept(content, name=path.name, size_bytes=size_bytes, officer=officer)
    start, core_start = time.perf_counter(), time.process_time()
    batch_work.advance(job.pk)
    read_s = time.perf_counter() - start
    while chunks := batch_work.due_chunks(job.pk):
        for chunk in chunks:
            batch_work.score_chunk(chunk)
    batch_work.advance(job.pk)
    seconds, core_s = time.perf_counter() - start, time.process_time() - core_start
    job.refresh_from_db()
    result_bytes = sum(map(len, batch_downloads.result(job, officer=officer).parts))
    told = {
        "state": job.state, "rows": job.rows, "good": job.good, "bad": job.bad, "read_s": read_s,
        "seconds": seconds, "core_s": core_s, "before_mb": before_mb, "peak_mb": _peak_mb(),
        "result_bytes": result_bytes,
    }  # fmt: skip
    batches.remove_files(job)
    job.delete()
    print(json.dumps(told))


def _peak_mb() -> float:
    """Return this program's own peak; ``ru_maxrss`` still knows the parent's from before exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kib) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]))
