"""Mail itself: messages, threads, search, the store. No network, no screen."""
