"""Configuration: the only place that reads the environment."""
