"""The stream processors of the distributed driver: the embedded driver's own stage functions, moved by Faust."""
