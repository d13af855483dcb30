"""What runs in processes of its own: training runs, maps, exports, imports."""
