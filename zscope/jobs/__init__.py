"""Background processes: training runs, maps, exports, imports, estimates of training time.

`process` starts them, `control` sends requests to stop or pause, `queue` limits how many work at once, and a lock
(`zscope.library.locks`) shows which are alive. Maps, exports and estimates are jobs of `job`, done by `worker`. Runs
have checkpoints and a longer log; runs and jobs outlive the server. The server waits for imports, and they end with it.
"""
