"""The avatar report as files, and the tables that documents show of stored reports."""
