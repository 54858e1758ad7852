"""The same models in other frameworks: what emojax is measured against, and checked against.

They need packages that emojax itself does not; import them only where those are installed.
"""
