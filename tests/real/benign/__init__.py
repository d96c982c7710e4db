"""Honest artifacts, made by the libraries that users make them with, one module per family of libraries."""
