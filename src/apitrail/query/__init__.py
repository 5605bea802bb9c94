"""The question: text or URL to a frozen tree, the tree to SQL with bound values, to words, and back to text."""
