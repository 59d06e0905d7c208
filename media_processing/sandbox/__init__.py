"""The one place that opens uploaded bytes: recognise, confine, probe, make canonical media."""
