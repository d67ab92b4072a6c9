/// Parsing by simdjson's DOM API, and inline reading of the tape it leaves.
///
/// A document is simdjson's tape (its `doc/tape.md`, version 3): one 64-bit word a node, the type in the top
/// byte, and a string buffer that the words of strings point into. A node is named by its index on the tape;
/// the root value is node 1, so 0 stands for "no node". Reading functions trust their node: pass only those
/// these functions returned.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What became of a parse.
typedef enum csimdjson_status {
  CSIMDJSON_OK = 0,
  CSIMDJSON_MALFORMED = 1,
  CSIMDJSON_TOO_DEEP = 2,
  CSIMDJSON_NOT_UTF8 = 3,
  /// No memory, or more bytes than simdjson can address.
  CSIMDJSON_TOO_LARGE = 4,
  /// A number that is malformed or outside of what 64-bit integers and doubles hold.
  CSIMDJSON_NUMBER = 5,
} csimdjson_status;

/// An immutable parsed document: one block of memory of the exact size; free with `csimdjson_free`.
typedef struct csimdjson_document {
  const uint64_t *tape;
  const uint8_t *strings;
} csimdjson_document;

/// Parses `count` bytes at `bytes`, which need no padding. At most `depth` containers that hold something may
/// nest. Writes the document to `*result` when the status is CSIMDJSON_OK, and leaves it alone otherwise.
csimdjson_status csimdjson_parse(
    const uint8_t *bytes, size_t count, size_t depth, const csimdjson_document **result);

void csimdjson_free(const csimdjson_document *document);

/// The first member of the object at `node` whose key is the `count` bytes at `key`: the node of its value,
/// or 0.
size_t csimdjson_find(const csimdjson_document *document, size_t node, const uint8_t *key, size_t count);

/// The type of a node: one of `{ [ " l u d t f n` (`l` int64, `u` uint64 above its range, `d` double).
static inline uint8_t csimdjson_type(const csimdjson_document *document, size_t node) {
  return (uint8_t)(document->tape[node] >> 56);
}

/// The node that follows `node` and all that it holds.
static inline size_t csimdjson_next(const csimdjson_document *document, size_t node) {
  uint64_t word = document->tape[node];
  switch ((uint8_t)(word >> 56)) {
    case '{':
    case '[': return (uint32_t)word;
    case 'l':
    case 'u':
    case 'd': return node + 2;
    default: return node + 1;
  }
}

/// The closing word of the container at `node`; its children are the nodes from `node + 1` up to here.
static inline size_t csimdjson_end(const csimdjson_document *document, size_t node) {
  return (size_t)(uint32_t)document->tape[node] - 1;
}

/// How many elements or members the container at `node` holds; 0xFFFFFF stands for that many or more.
static inline size_t csimdjson_count(const csimdjson_document *document, size_t node) {
  return (size_t)(document->tape[node] >> 32) & 0xFFFFFF;
}

/// The payload of a number: the bits of an int64, uint64 or double.
static inline uint64_t csimdjson_number(const csimdjson_document *document, size_t node) {
  return document->tape[node + 1];
}

/// The UTF-8 bytes of a string or key, as long as the document lives; their number goes to `*count`.
static inline const uint8_t *csimdjson_string(
    const csimdjson_document *document, size_t node, size_t *count) {
  const uint8_t *at = document->strings + (document->tape[node] & 0xFFFFFFFFFFFFFFULL);
  uint32_t length;
  memcpy(&length, at, sizeof(length));
  *count = length;
  return at + sizeof(length);
}

#ifdef __cplusplus
}
#endif

#endif
