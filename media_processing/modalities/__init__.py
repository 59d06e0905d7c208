"""One pure file per modality: canonical media in, observations out."""
