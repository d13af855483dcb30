"""Tests of the JavaScript modules."""
