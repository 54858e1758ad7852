"""The page's tabs: which elements they have, and what is called when."""
