"""One file per modality: canonical media in, observations out. Joins analysis and inference; pure."""
