"""Where rules run. A back-end is a folder; what it cannot do it says itself."""
