/// Markdown as WhatsApp shows it: `*bold*`, `_italic_`, `~strike~`, code, `- ` lists and `> ` quotes
/// (WhatsApp Help Center, "How to format your messages").
enum WhatsAppText {
  static func from(markdown: String) -> String {
    MarkedText.from(markdown: markdown, marks: TextMarks(bold: "*", italic: "_", strike: "~", code: true))
  }

  /// Stands alone in the line above and below a block of code.
  private static let fence = "```"
  /// The most that `closingCode` adds to a part: a line above it and one below.
  static let closingLength = 2 * (fence.utf16.count + 1)

  /// Parts of a text: a block of code that is cut ends with its part, and begins again with the next. All other marks
  /// end with their line.
  static func closingCode(_ parts: [String]) -> [String] {
    var isOpen = false
    return parts.compactMap { part in
      var lines = part.split(separator: "\n", omittingEmptySubsequences: false)
      if isOpen, lines.first == fence[...] {
        // The block ended with the part before.
        isOpen = false
        lines.removeFirst()
        if lines.isEmpty { return nil }
      }
      let begins = isOpen ? fence + "\n" : ""
      if !lines.count(where: { $0 == fence }).isMultiple(of: 2) { isOpen.toggle() }
      return begins + lines.joined(separator: "\n") + (isOpen ? "\n" + fence : "")
    }
  }
}
