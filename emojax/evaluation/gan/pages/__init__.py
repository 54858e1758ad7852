"""A generator's report as HTML, Markdown and pictures."""
