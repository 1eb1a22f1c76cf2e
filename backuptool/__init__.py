"""source ─► compress ─► encrypt ─► bundle ─► store            restore: the same line backwards"""

__version__ = "0.1.0"
