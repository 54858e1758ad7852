"""What films become: pictures of avatars, plots, clips and folders."""
