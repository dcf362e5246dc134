"""Messaging channels: how each platform calls us, what it can show, and how it is answered."""
