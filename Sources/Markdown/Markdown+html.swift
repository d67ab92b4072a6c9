import CCmark

extension Markdown {
  /// Markdown (CommonMark) as HTML. Raw HTML is shown as the text that it is, and addresses that could run a script
  /// are left out; a lone line break is kept, as whoever writes a message means it.
  package static func html(_ text: String) -> String {
    guard let root = document(of: text) else { return "" }
    defer { cmark_node_free(root) }
    showRawHTML(of: root)
    guard let html = cmark_render_html(root, CMARK_OPT_HARDBREAKS, nil) else { return "" }
    defer { free(html) }
    return String(cString: html)
  }

  /// Puts texts in the place of what the renderer would drop, or pass on as it stands.
  private static func showRawHTML(of root: OpaquePointer) {
    guard let walk = cmark_iter_new(root) else { return }
    defer { cmark_iter_free(walk) }
    // The walk knows its next node already, so the one it is at may be replaced.
    while case let step = cmark_iter_next(walk), step != CMARK_EVENT_DONE, step != CMARK_EVENT_NONE {
      guard step == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(walk) else { continue }
      switch cmark_node_get_type(node) {
      case CMARK_NODE_HTML_INLINE: replace(node, with: text(of: node))
      case CMARK_NODE_HTML_BLOCK: replace(node, with: lines(of: node))
      default: break
      }
    }
  }

  private static func replace(_ node: OpaquePointer, with other: OpaquePointer?) {
    guard let other, cmark_node_replace(node, other) == 1 else { return cmark_node_unlink(node) }
    cmark_node_free(node)
  }

  private static func text(of node: OpaquePointer) -> OpaquePointer? {
    let text = cmark_node_new(CMARK_NODE_TEXT)
    cmark_node_set_literal(text, cmark_node_get_literal(node))
    return text
  }

  /// A paragraph of the block's lines.
  private static func lines(of block: OpaquePointer) -> OpaquePointer? {
    let paragraph = cmark_node_new(CMARK_NODE_PARAGRAPH)
    let literal = cmark_node_get_literal(block).map { String(cString: $0) } ?? ""
    for (number, line) in literal.split(separator: "\n").enumerated() {
      if number > 0 { cmark_node_append_child(paragraph, cmark_node_new(CMARK_NODE_LINEBREAK)) }
      let text = cmark_node_new(CMARK_NODE_TEXT)
      cmark_node_set_literal(text, String(line))
      cmark_node_append_child(paragraph, text)
    }
    return paragraph
  }
}
