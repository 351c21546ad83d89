"""Real and scripted mail servers that the tests start on free loopback ports."""
