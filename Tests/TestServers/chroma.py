"""Serves Chroma: chroma.py PORT DIRECTORY.

Needs: pip install --no-deps chromadb
"""

import sys

import chromadb_rust_bindings

chromadb_rust_bindings.cli(
    ["chroma", "run", "--path", sys.argv[2], "--host", "127.0.0.1", "--port", sys.argv[1]]
)
