"""Dialogue policies of the engine."""
