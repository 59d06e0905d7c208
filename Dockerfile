# One image, three commands: web, a worker of one queue, beat (see compose.yaml).
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --uid 10001 creditweb \
    && install -d -o creditweb /own_weights /own_estimators /compiled
WORKDIR /app
# The training worker's image is built with requirements-training.txt, which includes the others.
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-training.txt requirements-landmarks.txt ./
RUN pip install -r ${REQUIREMENTS} && pip install --no-deps -r requirements-landmarks.txt
COPY . .
# The manifest of static files needs settings, not secrets: these values exist during the build only.
RUN CREDITWEB_ENVIRONMENT=production CREDITWEB_SECRET_KEY=build \
    CREDITWEB_FIELD_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    CREDITWEB_INDEX_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    CREDITWEB_MEDIA_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    CREDITWEB_AUDIT_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    DATABASE_URL=postgresql:///build REDIS_URL=redis://build MEDIA_STORAGE_URL=file:///tmp/build \
    python manage.py collectstatic --noinput
USER creditweb
# What listens to voices is compiled here, not while the first applicant speaks.
ENV NUMBA_CACHE_DIR=/compiled
RUN python -c "from media_processing.analysis.librosa_once import librosa; librosa()"
CMD ["python", "-m", "uvicorn", "creditweb.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--no-server-header", "--no-access-log"]
