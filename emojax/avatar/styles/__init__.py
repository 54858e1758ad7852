"""Styles: folders of SVG parts. Reading, checking, building and composing them."""
