"""Model files of the hub: found, judged, fetched into a folder of ours, deleted. It is asked for nothing by itself."""
