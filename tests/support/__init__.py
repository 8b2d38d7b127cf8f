"""What the tests share: databases, a browser, a server, and a client that inspects pages."""
