import CPCRE2

/// A regular expression as JSON Schema has them: of ECMA-262 (with the flag `u`), as far as PCRE2 reads them, found
/// anywhere in a text unless it is anchored. `\d`, `\w` and `\s` are those of ASCII.
///
/// One is compiled in some milliseconds at most: what PCRE2 would write out to more than 64 KiB is refused by it, and
/// what is not of ECMA-262 before it reads that (`ForeignSyntax`).
///
/// The work of a comparison is bounded, whoever wrote the pattern and the text. PCRE2's own limit on matching does not
/// do that: it counts the places where it must remember to come back, anew at each start, and between two of them it
/// may read the whole text. So a callout stands before each part of the pattern, and every one of them is paid for.
package final class Pattern: Sendable {
  /// In UTF-8.
  package static let maximumBytes = 2_000

  // PCRE2 does not write to what it has compiled, so that threads may share it (pcre2api, "Multithreading").
  private nonisolated(unsafe) let code: OpaquePointer
  private let bytes: Int
  /// Of what it is compiled to, in bytes: some hundreds for what people write, about 64 KiB at most.
  package let size: Int

  package init(_ text: String) throws(PatternError) {
    let bytes = text.utf8.count
    guard bytes <= Self.maximumBytes else {
      throw PatternError(.tooLarge, "\(bytes) bytes are more than \(Self.maximumBytes)")
    }
    if let offset = ForeignSyntax.offset(in: text) {
      throw PatternError(.malformed, "syntax that ECMA-262 does not have, at byte \(offset)")
    }
    guard let context = pcre2_compile_context_create_8(nil) else { fatalError("pcre2 has no memory") }
    defer { pcre2_compile_context_free_8(context) }
    pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_ANYCRLF))
    pcre2_set_compile_extra_options_8(context, PCRE2_EXTRA_ALT_BSUX)
    // What differs from Perl in ECMA-262.
    let options =
      PCRE2_UTF | PCRE2_AUTO_CALLOUT | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_MATCH_UNSET_BACKREF
      | PCRE2_ALLOW_EMPTY_CLASS
    var (error, offset): (Int32, Int) = (0, 0)
    let code = text.withCString(encodedAs: UTF8.self) {
      pcre2_compile_8($0, bytes, options, &error, &offset, context)
    }
    guard let code else {
      throw PatternError(
        error == PCRE2_ERROR_PATTERN_TOO_LARGE ? .tooLarge : .malformed,
        "\(Self.words(of: error)), at byte \(offset)")
    }
    self.code = code
    self.bytes = bytes
    var size = 0
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_SIZE), &size)
    self.size = size
  }

  deinit { pcre2_code_free_8(code) }

  /// Whether it is found in the text.
  ///
  /// - Parameter work: what it may take at most; what it took is taken off, also when it was not enough.
  package func isFound(in text: String, _ work: inout PatternWork) throws(PatternError) -> Bool {
    guard let context = pcre2_match_context_create_8(nil), let data = pcre2_match_data_create_8(1, nil) else {
      fatalError("pcre2 has no memory")
    }
    defer {
      pcre2_match_data_free_8(data)
      pcre2_match_context_free_8(context)
    }
    pcre2_set_heap_limit_8(context, 16 << 10)
    let count = text.utf8.count
    work.begin(bytes, count)
    guard !work.isSpent else { throw PatternError(.tooMuchWork, "no work is left") }
    let result = withUnsafeMutablePointer(to: &work) { work in
      pcre2_set_callout_8(
        context,
        { _, work in
          guard let work = work?.assumingMemoryBound(to: PatternWork.self) else { return PCRE2_ERROR_CALLOUT }
          work.pointee.take()
          return work.pointee.isSpent ? PCRE2_ERROR_CALLOUT : 0
        }, work)
      return text.withCString(encodedAs: UTF8.self) { pcre2_match_8(code, $0, count, 0, 0, data, context) }
    }
    // Zero: found, with more groups than there is room for.
    if result >= 0 { return true }
    if result == PCRE2_ERROR_NOMATCH { return false }
    throw PatternError(.tooMuchWork, "\(Self.words(of: result)), with \(count) bytes of text")
  }

  private static func words(of error: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = pcre2_get_error_message_8(error, &buffer, buffer.count)
    return String(decoding: buffer.prefix(Int(max(count, 0))), as: UTF8.self)
  }
}
