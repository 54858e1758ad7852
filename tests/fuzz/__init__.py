"""Hostile files, made from a seed, for every reader of files that strangers may have made."""
