"""The words: templates in both languages, and the view that fills them."""
