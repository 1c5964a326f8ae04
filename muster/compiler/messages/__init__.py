"""Wording of every message, one module for each area and one function for each code."""
