"""The chat API: JSON over HTTP under ``/api``."""
