//! The whole product, end to end: the real binary, real debugpy, real Home Assistant, real SQLite.
