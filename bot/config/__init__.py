"""The TOML file, the environment and secret files become typed settings, or a list of problems."""
