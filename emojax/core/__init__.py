"""What every program needs: errors that users see, files written whole, the process, random keys."""
