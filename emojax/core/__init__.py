"""What every program needs: errors for users, atomic writing of files, the process, random keys."""
