"""What exercises of every topic share: drawing inputs, predicting mistakes, bounding answers, wording starters."""
