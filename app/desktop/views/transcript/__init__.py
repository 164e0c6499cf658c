"""The transcript view: painted blocks, virtualised, append-only while an answer streams."""

from app.desktop.views.transcript.view import TranscriptView

__all__ = ["TranscriptView"]
