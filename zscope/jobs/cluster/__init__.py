"""Decoding and encoding by workers of a Ray cluster, instead of in the server's process.

A request of the live channel passes

    engine → `model.ClusterModel` → `pool.WorkerPool` → `ray_workers.RayWorker` → (another process) `worker.ModelWorker`

Codes and pixels travel; models do not: each worker opens them from the library's folder, which all machines share. Only
`ray_workers` imports Ray, which is an optional package, and only if `ZSCOPE_CLUSTER` is set (`settings`).
"""
