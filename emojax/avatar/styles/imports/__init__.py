"""Styles made of avatar systems that are installed beside emojax."""
