"""A fast first step: state and step compiled side by side, traced programs kept on disk."""
