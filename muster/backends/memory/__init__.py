"""The `memory:` backend: the reference evaluator, brute force, which judges every other engine."""

from muster.backends.memory.engine import MemoryBackend

BACKEND = MemoryBackend()

__all__ = ["BACKEND"]
