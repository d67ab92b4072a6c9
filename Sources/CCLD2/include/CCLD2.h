/// Language identification by CLD2, which has no interface for C.
#ifndef CCLD2_H
#define CCLD2_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What CLD2 makes of a text.
typedef struct ccld2_result {
  /// A code of ISO 639-1, or of CLD2's own where there is none; static memory, never null.
  const char *language;
  /// How much of the text is in that language, 0 to 100.
  int percent;
  /// CLD2 finds no language that fits nearly as well.
  bool is_reliable;
} ccld2_result;

/// The language of most of `count` bytes of UTF-8 at `bytes`. Text that is no UTF-8 has the language `un`.
ccld2_result ccld2_detect(const char *bytes, size_t count);

#ifdef __cplusplus
}
#endif

#endif
