"""The command-line programs; nothing else knows flags."""
