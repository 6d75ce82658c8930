"""What is asked over HTTP: the JSON API, the link's door, pages, health."""
