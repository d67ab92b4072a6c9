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
    return parts.map { part in
      let begins = isOpen ? fence + "\n" : ""
      let fences = part.split(separator: "\n", omittingEmptySubsequences: false).count { $0 == fence }
      if !fences.isMultiple(of: 2) { isOpen.toggle() }
      return begins + part + (isOpen ? "\n" + fence : "")
    }
  }
}
