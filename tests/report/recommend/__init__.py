"""What is told of a recommendation."""
