"""A page in the browser, on this machine, for avatars and emoji."""
