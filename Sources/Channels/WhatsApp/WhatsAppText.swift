/// Markdown as WhatsApp shows it: `*bold*`, `_italic_`, `~strike~`, code, `- ` lists and `> ` quotes
/// (WhatsApp Help Center, "How to format your messages").
enum WhatsAppText {
  static func from(markdown: String) -> String {
    MarkedText.from(markdown: markdown, marks: TextMarks(bold: "*", italic: "_", strike: "~", code: true))
  }
}
