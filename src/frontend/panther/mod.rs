mod lift;
