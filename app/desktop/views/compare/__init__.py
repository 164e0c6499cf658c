"""One prompt answered by several models, side by side: choosing them, their columns, the vote."""
