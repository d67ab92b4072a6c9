#include "CCLD2.h"

// The header of CLD2 uses FILE without including it.
#include <cstdio>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

#include <algorithm>
#include <climits>

ccld2_result ccld2_detect(const char *bytes, size_t count) {
  CLD2::Language languages[3];
  int percents[3];
  double scores[3];
  int text_bytes = 0, valid_bytes = 0;
  bool is_reliable = false;
  const CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  // Best effort: without it a short message, as most are, has no language at all.
  const CLD2::Language language = CLD2::ExtDetectLanguageSummaryCheckUTF8(
      bytes, static_cast<int>(std::min<size_t>(count, INT_MAX)), true, &hints, CLD2::kCLDFlagBestEffort,
      languages, percents, scores, nullptr, &text_bytes, &is_reliable, &valid_bytes);
  return {CLD2::LanguageCode(language), percents[0], is_reliable};
}
