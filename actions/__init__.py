"""Custom actions: each reads the tracker, calls `clinic`, utters and returns events."""
