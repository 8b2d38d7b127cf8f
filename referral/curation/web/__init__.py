"""Pages for those who keep the records true: find, edit, history, preview, where it shows."""
