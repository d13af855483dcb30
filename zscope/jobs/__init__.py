"""What runs in processes of its own: training runs, maps, exports, imports, estimates of training time.

`process` starts them all, `control` asks them to stop, `queue` gives them their turn, and the lock of
`zscope.library.locks` tells which of them live. Maps, exports and estimates are jobs of `job`, done by `worker`. Runs
outlive the server too, but have checkpoints and a longer log. Imports are waited for, and end with the server.
"""
