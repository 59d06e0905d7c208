"""One file per modality: canonical media in, observations out. Pure; joins analysis and inference."""
