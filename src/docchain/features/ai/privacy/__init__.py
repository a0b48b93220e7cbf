"""What of a workspace's texts remote models see, and whether they are asked at all."""
