#include "CSimdjson.h"

#include <simdjson.h>

#include <cstdlib>
#include <cstring>

namespace {

using simdjson::error_code;
namespace dom = simdjson::dom;

/// A parser whose buffers grew past this for one large document gives them back after it.
constexpr size_t kept_capacity = 1 << 20;

/// Each thread keeps one parser, so that a small document costs no allocation but its own block. A parse
/// never calls back, so no two can meet in one parser.
dom::parser &thread_parser() {
  static thread_local dom::parser parser;
  return parser;
}

csimdjson_status status_of(error_code error) {
  switch (error) {
    case simdjson::SUCCESS: return CSIMDJSON_OK;
    case simdjson::DEPTH_ERROR: return CSIMDJSON_TOO_DEEP;
    case simdjson::UTF8_ERROR: return CSIMDJSON_NOT_UTF8;
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC: return CSIMDJSON_TOO_LARGE;
    case simdjson::NUMBER_ERROR: return CSIMDJSON_NUMBER;
    default: return CSIMDJSON_MALFORMED;
  }
}

/// Bytes of the string buffer in use. Strings lie there in the order of the tape, so the last one on the tape
/// ends it.
size_t used_strings(const csimdjson_document &view, size_t words) {
  size_t last = 0;
  // The first and the last word are the root's; containers are entered, not stepped over.
  for (size_t node = 1; node + 1 < words;) {
    switch (csimdjson_type(&view, node)) {
      case '"': last = node; ++node; break;
      case 'l':
      case 'u':
      case 'd': node += 2; break;
      default: ++node;
    }
  }
  if (last == 0) return 0;
  size_t count;
  const uint8_t *bytes = csimdjson_string(&view, last, &count);
  return size_t(bytes - view.strings) + count;
}

/// A copy of what the parser left, in one block: simdjson sizes its own buffers for the worst case, nine
/// bytes and more a byte of text, too much to keep with a document.
const csimdjson_document *compact(const dom::document &parsed) {
  const csimdjson_document view{parsed.tape.get(), parsed.string_buf.get()};
  const size_t words = size_t(view.tape[0] & 0xFFFFFFFFFFFFFFULL);
  const size_t strings = used_strings(view, words);
  const size_t tape_bytes = words * sizeof(uint64_t);
  auto *block = static_cast<uint8_t *>(std::malloc(sizeof(csimdjson_document) + tape_bytes + strings));
  if (block == nullptr) return nullptr;
  uint8_t *tape = block + sizeof(csimdjson_document);
  std::memcpy(tape, view.tape, tape_bytes);
  if (strings > 0) std::memcpy(tape + tape_bytes, view.strings, strings);
  return new (block) csimdjson_document{reinterpret_cast<const uint64_t *>(tape), tape + tape_bytes};
}

}  // namespace

csimdjson_status csimdjson_parse(
    const uint8_t *bytes, size_t count, size_t depth, const csimdjson_document **result) {
  dom::parser &parser = thread_parser();
  // simdjson counts the level it refuses, so one more than may nest.
  if (parser.max_depth() != depth + 1) {
    const size_t capacity = parser.capacity() > count ? parser.capacity() : count;
    if (error_code error = parser.allocate(capacity, depth + 1)) return status_of(error);
  }
  const error_code error = parser.parse(bytes, count, /* copies into padded memory */ true).error();
  csimdjson_status status = status_of(error);
  if (status == CSIMDJSON_OK) {
    if (const csimdjson_document *document = compact(parser.doc)) {
      *result = document;
    } else {
      status = CSIMDJSON_TOO_LARGE;
    }
  }
  if (parser.capacity() > kept_capacity) parser = dom::parser();
  return status;
}

void csimdjson_free(const csimdjson_document *document) {
  std::free(const_cast<csimdjson_document *>(document));
}

size_t csimdjson_find(const csimdjson_document *document, size_t node, const uint8_t *key, size_t count) {
  const size_t end = csimdjson_end(document, node);
  for (size_t member = node + 1; member < end; member = csimdjson_next(document, member + 1)) {
    size_t length;
    const uint8_t *name = csimdjson_string(document, member, &length);
    if (length == count && std::memcmp(name, key, count) == 0) return member + 1;
  }
  return 0;
}
