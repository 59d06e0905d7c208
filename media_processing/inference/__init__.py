"""Running networks with ONNX Runtime: manifest, session, one file per network."""
