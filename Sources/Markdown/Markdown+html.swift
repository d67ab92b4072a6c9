import CCmark

extension Markdown {
  /// Markdown (CommonMark) as HTML. Raw HTML and addresses that could run a script are left out; a lone line
  /// break is kept, as whoever writes a message means it.
  package static func html(_ text: String) -> String {
    let options = CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_HARDBREAKS
    guard let html = cmark_markdown_to_html(text, text.utf8.count, options) else { return "" }
    defer { free(html) }
    return String(cString: html)
  }
}
