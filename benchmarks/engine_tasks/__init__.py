"""What has to run in the engine's environment: each module reads one JSON file and writes another."""
