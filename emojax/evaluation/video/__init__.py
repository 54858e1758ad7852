"""Avatars in motion judged on clips of which the truth is known."""
