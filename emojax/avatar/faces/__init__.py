"""From a photo to aligned portraits with a label for each pixel."""
