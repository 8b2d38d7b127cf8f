"""What all areas for staff share: who is signed in, what they may do, and the frame of pages."""
