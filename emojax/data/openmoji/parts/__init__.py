"""OpenMoji's faces taken apart into base, eyes, mouth and extras, and put together anew."""
