"""Lines that are split and joined, and that change from one leg to another, with what was told of them."""
